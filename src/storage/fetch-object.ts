import { FerryError } from '../errors';
import type { Connections } from './connections';
import type { DigestCache } from './digest-cache';
import { createDigester, type Digester, type Digests } from './digests';
import { diskFailure } from './disk-failures';
import { head } from './head';
import { objectAnswer, StartAgain, type ObjectAnswer } from './object-answer';
import type { PartFile } from './part-file';
import { watchRate, type RateFloor } from './rate-floor';
import { receive, type Destination } from './receive';
import { checkRoom } from './room';
import { digestRange } from './target';
import type { DownloadOptions, Downloaded } from './types';

export interface DownloadDeps {
  readonly connections: Connections;
  readonly cache: DigestCache;
}

/** One call of download: its options, and its progress. */
export interface Fetching {
  readonly deps: DownloadDeps;
  readonly options: DownloadOptions;
  /** For messages: the request without its query. */
  readonly what: string;
  readonly signal: AbortSignal;
  bytesFetched: number;
}

interface Wanted {
  readonly sizeBytes: number;
  readonly md5: string;
}

/**
 * Fetches the object into the part (or only into the digester) and proves its digest. Sends one request, or none when
 * the part is complete.
 *
 * @throws {StartAgain} when the part is of another object; also FerryErrors and raw network errors
 */
export async function fetchObject(fetching: Fetching, part: PartFile | null): Promise<Downloaded> {
  const { expected } = fetching.options;
  const left = part?.resumable ?? null;
  const usable = left !== null && (expected === undefined || left.etag === expected.md5) ? left : null;
  if (part !== null && usable !== null && usable.have === usable.sizeBytes) {
    return proveComplete(fetching, part, usable);
  }
  return request(fetching, part, usable);
}

async function request(fetching: Fetching, part: PartFile | null, usable: PartFile['resumable']): Promise<Downloaded> {
  const { deps, options, what } = fetching;
  const attempt = watchedAttempt(fetching);
  const state: { answer?: ObjectAnswer; digester?: Digester } = {};
  try {
    await receive({
      connections: deps.connections,
      url: options.url,
      headers: usable === null ? {} : { range: `bytes=${usable.have}-`, 'if-match': `"${usable.etag}"` },
      signal: attempt.signal,
      accept: async (status, headers) => {
        const answer = objectAnswer(status, headers, usable?.have ?? 0, what);
        judge(fetching, answer, usable);
        const digester = createDigester();
        Object.assign(state, { answer, digester });
        await prepare(part, answer, digester, attempt.signal);
        attempt.floor.resume();
        return destination(fetching, part, answer, digester, attempt.floor);
      },
    });
    const { answer, digester } = state as Required<typeof state>;
    const digests = digester.finish();
    const wanted = options.expected?.md5 ?? (answer.etagIsMd5 ? answer.etag : null);
    compare(what, digests, wanted);
    const verified = wanted !== null;
    return { sizeBytes: answer.sizeBytes, ...digests, verified, bytesFetched: fetching.bytesFetched };
  } finally {
    attempt.floor.stop();
  }
}

function judge({ options, what }: Fetching, answer: ObjectAnswer, usable: PartFile['resumable']): void {
  const { expected } = options;
  const continues = answer.etag === usable?.etag && answer.sizeBytes === usable.sizeBytes;
  if (answer.from > 0 && !continues) throw new StartAgain();
  if (expected === undefined) return assertAllowed(answer.sizeBytes, options.maxBytes, what);
  if (answer.sizeBytes === expected.sizeBytes && (!answer.etagIsMd5 || answer.etag === expected.md5)) return;
  const message = `The object of ${what} is not the one that was sent: its size or digest differs.`;
  throw new FerryError('DIGEST_MISMATCH', message, { details: { etag: answer.etag, sizeBytes: answer.sizeBytes } });
}

function assertAllowed(sizeBytes: number, maxBytes: number | undefined, what: string): void {
  if (maxBytes === undefined || sizeBytes <= maxBytes) return;
  const message = `The object of ${what} has ${sizeBytes} bytes; a fetch takes at most ${maxBytes}.`;
  throw new FerryError('FETCH_TOO_LARGE', message, { details: { sizeBytes, maxBytes } });
}

/** Prepares the part for more bytes; the digester reads the existing bytes first. */
async function prepare(
  part: PartFile | null,
  answer: ObjectAnswer,
  digester: Digester,
  signal: AbortSignal,
): Promise<void> {
  if (part === null) return;
  try {
    await checkRoom(part.path, answer.sizeBytes, answer.from);
    if (answer.from === 0) await part.begin(answer);
    else if (!(await digestRange(part.file, digester, answer.from, signal))) throw new StartAgain();
  } catch (error) {
    signal.throwIfAborted();
    throw error instanceof StartAgain ? error : diskFailure(error, part.path);
  }
}

function destination(
  fetching: Fetching,
  part: PartFile | null,
  { from, sizeBytes }: ObjectAnswer,
  digester: Digester,
  floor: RateFloor,
): Destination {
  let done = from;
  // The start, before any byte has come: resumed bytes do not count as moved.
  fetching.options.onProgress?.(done, sizeBytes);
  return {
    file: part?.file ?? null,
    path: part?.path ?? 'nothing',
    position: from,
    length: sizeBytes - from,
    digester,
    onReceived(bytes) {
      fetching.bytesFetched += bytes;
      floor.advance(bytes);
    },
    onPaced(waits) {
      if (waits) floor.pause();
      else floor.resume();
    },
    onWritten(bytes) {
      done += bytes;
      fetching.options.onProgress?.(done, sizeBytes);
    },
  };
}

function compare(what: string, digests: Digests, wanted: string | null): void {
  if (wanted === null || wanted === digests.md5) return;
  const message = `The bytes of ${what} are not those of the stored object: their digest is ${digests.md5}, not ${wanted}.`;
  throw new FerryError('DIGEST_MISMATCH', message);
}

/** True when the attempt before had all bytes. */
async function proveComplete(
  fetching: Fetching,
  part: PartFile,
  { etag, sizeBytes }: NonNullable<PartFile['resumable']>,
): Promise<Downloaded> {
  const wanted = await wantedObject(fetching);
  if (etag !== wanted.md5 || sizeBytes !== wanted.sizeBytes) throw new StartAgain();
  const digester = createDigester();
  if (!(await digestRange(part.file, digester, sizeBytes, fetching.signal))) throw new StartAgain();
  const digests = digester.finish();
  if (digests.md5 !== wanted.md5) throw new StartAgain();
  fetching.options.onProgress?.(sizeBytes, sizeBytes);
  return { sizeBytes, ...digests, verified: true, bytesFetched: fetching.bytesFetched };
}

/** Expected size and digest: those of the caller, else those that storage tells. */
export async function wantedObject({ deps, options, what }: Fetching): Promise<Wanted> {
  if (options.expected !== undefined) return options.expected;
  const found = await head(deps.connections, options.url, options.signal);
  if (found === null) throw new FerryError('OBJECT_MISSING', `Storage has no object for ${what}.`);
  return { sizeBytes: found.sizeBytes, md5: found.etag };
}

/** The floor is paused until the body begins. */
function watchedAttempt({ deps, what, signal }: Fetching): { readonly signal: AbortSignal; readonly floor: RateFloor } {
  const { bytesPerSecond, windowMs } = deps.connections.options.floor;
  const own = new AbortController();
  const slow = `${what} brought fewer than ${bytesPerSecond} bytes per second for ${windowMs / 1000} s.`;
  const floor = watchRate({ bytesPerSecond, windowMs }, () => own.abort(new FerryError('STALLED', slow)));
  floor.pause();
  return { signal: AbortSignal.any([signal, own.signal]), floor };
}
