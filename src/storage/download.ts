import { FerryError, isFerryError, toFerryError } from '../errors';
import { defined } from '../lib/defined';
import { hasName } from '../lib/file-names';
import { hasSystemCode } from '../lib/system-code';
import { diskFailure } from './disk-failures';
import { networkFailure } from './failures';
import { fetchObject, wantedObject, type DownloadDeps, type Fetching } from './fetch-object';
import { StartAgain } from './object-answer';
import { PRIVATE } from './open-file';
import { openPart, sweepPart } from './part-file';
import { displayUrl } from './signed-url';
import { digestsOfTarget, ensureDirectory } from './target';
import { lockTarget } from './target-lock';
import type { DownloadOptions, Downloaded } from './types';

/** Fetches the object, resumes the part of an earlier attempt, and renames the part once its digest is proven. */
export async function download(deps: DownloadDeps, options: DownloadOptions): Promise<Downloaded> {
  options.signal?.throwIfAborted();
  const signal = options.signal ?? new AbortController().signal;
  const fetching: Fetching = { deps, options, signal, what: `GET ${displayUrl(options.url)}`, bytesFetched: 0 };
  try {
    return options.target === null ? await fetchObject(fetching, null) : await fetchTo(fetching, options.target);
  } catch (error) {
    signal.throwIfAborted();
    throw downloadFailure(error, fetching);
  }
}

async function fetchTo(fetching: Fetching, target: string): Promise<Downloaded> {
  const release = await takeTarget(target).catch((error: unknown) => {
    throw diskFailure(error, target);
  });
  try {
    return (await alreadyThere(fetching, target)) ?? (await fetchIntoPart(fetching, target));
  } finally {
    release();
  }
}

/** Takes the lock. Makes the directory only when the lock fails without it, because it usually exists. */
async function takeTarget(target: string): Promise<() => void> {
  try {
    return await lockTarget(target);
  } catch (error) {
    if (!hasSystemCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    await ensureDirectory(target);
    return lockTarget(target);
  }
}

/** A target that already has the expected content needs no fetch. Any other existing file is an error. */
async function alreadyThere(fetching: Fetching, target: string): Promise<Downloaded | null> {
  if (!isThere(target)) return null;
  const { sizeBytes, md5 } = await wantedObject(fetching);
  const digests = await digestsOfTarget(target, sizeBytes, fetching.deps.cache, fetching.signal);
  if (digests === null) return null;
  if (digests.md5 !== md5) throw new FerryError('TARGET_EXISTS', `${target} exists already and is another file.`);
  await sweepPart(target);
  fetching.options.onProgress?.(sizeBytes, sizeBytes);
  return { sizeBytes, ...digests, verified: true, bytesFetched: 0 };
}

function isThere(path: string): boolean {
  try {
    return hasName(path);
  } catch {
    return false;
  }
}

// Enough for an object that changed during the fetch. If it keeps changing, the next attempt continues.
const MOST_STARTS = 3;

async function fetchIntoPart(fetching: Fetching, target: string): Promise<Downloaded> {
  for (let start = 1; start <= MOST_STARTS; start += 1) {
    const part = await openPart(target, fetching.options.fileMode ?? PRIVATE);
    try {
      const fetched = await fetchObject(fetching, part);
      await part.place();
      return fetched;
    } catch (error) {
      if (error instanceof StartAgain || isForGood(error)) await part.discard();
      if (!(error instanceof StartAgain)) throw error;
    } finally {
      part.close();
    }
  }
  throw new FerryError('STORAGE_UNAVAILABLE', `The object of ${fetching.what} kept changing while it was fetched.`);
}

/** True when no later attempt can use the part. */
function isForGood(error: unknown): boolean {
  if (!isFerryError(error)) return false;
  return error.code === 'DIGEST_MISMATCH' || error.code === 'TARGET_EXISTS' || error.code === 'FETCH_TOO_LARGE';
}

function downloadFailure(error: unknown, { what, bytesFetched }: Fetching): FerryError {
  const failure = toFerryError(networkFailure(error, what));
  return new FerryError(failure.code, failure.message, {
    cause: failure.cause,
    details: { ...failure.details, bytesFetched },
    ...defined({ retryAfterMs: failure.retryAfterMs }),
  });
}
