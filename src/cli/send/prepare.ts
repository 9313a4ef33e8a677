/** Inspects all files before the first is sent. */
import { basename, isAbsolute, resolve } from 'node:path';
import type { SourceInspection } from '../../client/options';
import type { AccountConfig } from '../../config/types';
import { toFerryError, type FerryError } from '../../errors';
import { defined } from '../../lib/defined';
import { inLanes } from '../../lib/lanes';
import { safe } from '../shared/output/text';
import { usageError } from '../shared/output/output';
import { lazy } from '../shared/lazy';

export interface PreparedFile {
  /** As the person named it. */
  readonly source: string;
  /** Absolute, as it goes into the request. */
  readonly path: string;
  readonly name: string;
  /** Null for a file on another host, which cannot be inspected here. */
  readonly sizeBytes: number | null;
  readonly fileType: string | null;
  /** The inspection, which the client reuses; null for a file on another host. */
  readonly inspection: SourceInspection | null;
  readonly notes: readonly string[];
}

interface RefusedFile {
  readonly source: string;
  readonly error: FerryError;
}

export interface Prepared {
  readonly good: readonly PreparedFile[];
  readonly bad: readonly RefusedFile[];
}

export interface PrepareOptions {
  readonly account: AccountConfig;
  readonly cwd: string;
  /** The files are on this machine, so inspect them. */
  readonly local: boolean;
  /** Absolute directory to fetch back into. */
  readonly fetchTo: string | null;
  /** Send the files as this type. */
  readonly as?: string | undefined;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number) => void;
}

/** Decoding a picture takes a processor, so more lanes would only need more memory. */
const LANES = 4;

export async function prepareFiles(sources: readonly string[], options: PrepareOptions): Promise<Prepared> {
  const results: (PreparedFile | RefusedFile | null)[] = sources.map(() => null);
  let done = 0;
  const prepare = async (source: string, index: number): Promise<void> => {
    results[index] = await prepareOne(source, options);
    done += 1;
    options.onProgress?.(done);
  };
  await inLanes(sources, LANES, prepare, { signal: options.signal });
  const good = withoutRepeats(results.filter((result): result is PreparedFile => isPrepared(result)));
  const bad = results.filter((result): result is RefusedFile => result !== null && 'error' in result);
  if (options.fetchTo === null) return { good, bad };
  return refuseEqualNames(good, bad, options.fetchTo);
}

function isPrepared(result: PreparedFile | RefusedFile | null): result is PreparedFile {
  return result !== null && 'path' in result;
}

async function prepareOne(source: string, options: PrepareOptions): Promise<PreparedFile | RefusedFile> {
  try {
    return options.local ? await prepareLocal(source, options) : prepareRemote(source);
  } catch (error) {
    return { source, error: toFerryError(error) };
  }
}

async function prepareLocal(source: string, options: PrepareOptions): Promise<PreparedFile> {
  const { checkAllowed, checkTarget, inspectFile, targetPathFor } = lazy.files();
  const { account, cwd, fetchTo, as, signal } = options;
  const path = isAbsolute(source) ? source : resolve(cwd, source);
  const allowed = account.directories?.sources ?? null;
  const inspected = await inspectFile(path, account.files, { allowed, ...defined({ as, signal }) });
  if (fetchTo !== null) {
    const target = targetPathFor(fetchTo, inspected.name);
    await checkAllowed(target, account.directories?.targets ?? null, 'target');
    await checkTarget(target, inspected.path, signal);
  }
  const { name, sizeBytes, mtimeMs, inode, fileType, notes } = inspected;
  // The client names a transfer after the file that a link leads to, so that two paths of one file give one transfer.
  const inspection = { path: inspected.path, name: basename(inspected.path), sizeBytes, mtimeMs, inode };
  return { source, path, name, sizeBytes, fileType, inspection, notes };
}

function prepareRemote(source: string): PreparedFile {
  if (!isAbsolute(source)) {
    throw usageError(`With --host the path of a file must be absolute on that host; ${source} is not.`);
  }
  return { source, path: source, name: basename(source), sizeBytes: null, fileType: null, inspection: null, notes: [] };
}

function withoutRepeats(files: readonly PreparedFile[]): PreparedFile[] {
  const seen = new Set<string>();
  return files.filter(({ path }) => !seen.has(path) && seen.add(path));
}

/** Refuses all files with the same base name, because they would be fetched to the same path. */
function refuseEqualNames(good: readonly PreparedFile[], bad: readonly RefusedFile[], fetchTo: string): Prepared {
  const byName = new Map<string, PreparedFile[]>();
  for (const file of good) byName.set(file.name, [...(byName.get(file.name) ?? []), file]);
  const refused = good
    .filter((file) => (byName.get(file.name)?.length ?? 0) > 1)
    .map((file) => {
      const others = (byName.get(file.name) ?? []).filter((other) => other !== file).map((other) => other.source);
      const message = `${file.source} and ${others.join(', ')} have one name and would both be fetched to ${resolve(fetchTo, file.name)}.`;
      return { source: file.source, error: usageError(message) };
    });
  return { good: good.filter((file) => byName.get(file.name)?.length === 1), bad: [...bad, ...refused] };
}

/** The label of each file on the screen: the base name, or the given name where base names are equal. */
export function labelsFor(files: readonly Pick<PreparedFile, 'name' | 'source'>[]): string[] {
  const times = new Map<string, number>();
  for (const { name } of files) times.set(name, (times.get(name) ?? 0) + 1);
  return files.map(({ name, source }) => safe(times.get(name) === 1 ? name : source));
}
