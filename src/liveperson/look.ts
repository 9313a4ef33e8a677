import { FerryError } from '../errors';
import { asError } from '../lib/shared-call';
import type { Connection } from './connection';
import type { Notice } from './frames';
import { clockAnswer, messageChange, tolerantArray, type MessageChange } from './schemas';
import type { FileMessage, LookRequest } from './types';

const QUIET_MS = 3_000;
/** When the history of a dialog is not complete after this time, the look fails. */
const LONGEST_LOOK_MS = 30_000;

/** A dialog longer than this is not read: a thousand previews are 30 MB. */
const LONGEST_HISTORY = 256 * 1_048_576;

/**
 * Finds out, on a connection of its own, which of the file messages are in the dialog. A message is absent when the
 * subscription and a GetClock behind it were answered and no further history came for `quietMs`: the protocol has no
 * mark for the end of the history.
 */
export async function lookForFiles(
  connection: Connection,
  consumerId: string,
  request: LookRequest,
): Promise<readonly FileMessage[]> {
  const watch = watchDialog(connection, consumerId, request);
  const { signal, dialogId, fromSeq } = request;
  try {
    const asked = async (): Promise<readonly FileMessage[]> => {
      const body = { dialogId, fromSeq };
      await connection.request({ operation: 'look', type: 'ms.SubscribeMessagingEvents', body, signal });
      const clock = await connection.request({ operation: 'clock', type: 'GetClock', signal });
      const parsed = clockAnswer.safeParse(clock);
      await watch.quiet(parsed.success ? parsed.data.currentTime : Number.POSITIVE_INFINITY);
      return watch.found();
    };
    return await Promise.race([watch.enough, asked()]);
  } finally {
    watch.stop();
  }
}

interface Watch {
  /** Resolves when enough messages have come; rejects when the connection is lost or the wait is aborted. */
  readonly enough: Promise<readonly FileMessage[]>;
  /** The messages so far. */
  found(): readonly FileMessage[];
  /** Resolves after `quietMs` without history, which is every change from before `serverNow`. */
  quiet(serverNow: number): Promise<void>;
  stop(): void;
}

function watchDialog(connection: Connection, consumerId: string, request: LookRequest): Watch {
  const { quietMs = QUIET_MS, enough: wanted = 1 } = request;
  const messages = new Map<string, FileMessage>();
  const found = (): readonly FileMessage[] => [...messages.values()];
  let lastHistoryAt = performance.now();
  let liveFrom = Number.POSITIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  let received = 0;
  let fail: (error: Error) => void = () => undefined;
  let onAbort: (() => void) | undefined;

  const enough = new Promise<readonly FileMessage[]>((resolve, reject) => {
    fail = reject;
    connection.listen((notice) => {
      received += notice.size;
      if (received > LONGEST_HISTORY) return reject(endless(received));
      for (const change of readChanges(notice)) {
        if (change.dialogId !== undefined && change.dialogId !== request.dialogId) continue;
        // Messages after our request are not history: a running chat must not delay the answer.
        if ((change.serverTimestamp ?? 0) <= liveFrom) lastHistoryAt = performance.now();
        const message = ownFile(change, consumerId, request.relativePaths);
        if (message === null || messages.has(message.relativePath)) continue;
        messages.set(message.relativePath, message);
        if (messages.size >= wanted) resolve(found());
      }
    });
    connection.onClosed(reject);
    onAbort = () => reject(asError(request.signal?.reason));
    request.signal?.addEventListener('abort', onAbort, { once: true });
  });
  // The waits that lost the race stop listening.
  enough.catch(() => undefined);

  return {
    enough,
    found,
    quiet(serverNow) {
      liveFrom = serverNow;
      lastHistoryAt = performance.now();
      const giveUpAt = lastHistoryAt + Math.max(LONGEST_LOOK_MS, 2 * quietMs);
      return new Promise((resolve) => {
        const check = (): void => {
          if (stopped) return;
          const now = performance.now();
          const left = lastHistoryAt + quietMs - now;
          // After the whole process was stopped, read the buffered bytes first.
          if (left <= 0) setImmediate(() => (lastHistoryAt + quietMs <= now ? resolve() : check()));
          else if (now > giveUpAt)
            fail(new FerryError('MESSAGING_UNAVAILABLE', 'The dialog could not be read to its end.'));
          else timer = setTimeout(check, left);
        };
        check();
      });
    },
    stop() {
      stopped = true;
      clearTimeout(timer);
      if (onAbort !== undefined) request.signal?.removeEventListener('abort', onAbort);
    },
  };
}

function endless(size: number): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', 'The dialog is too long to be read to its end.', {
    details: { received: size },
  });
}

/** A list of changes, one change as an object, or (v2) the change as the body itself. */
function readChanges(notice: Notice): readonly MessageChange[] {
  const body = notice.body;
  if (typeof body !== 'object' || body === null) return [];
  return tolerantArray('changes' in body ? body.changes : body, messageChange);
}

/**
 * A relativePath belongs to one upload and is secret until it is published. So a consumer's message with it is ours,
 * even when a renewed token changed our `sub`. A message of an agent who forwards the file comes later and is not ours.
 */
function ownFile(change: MessageChange, consumerId: string, relativePaths: readonly string[]): FileMessage | null {
  const { event, originatorId, originatorMetadata, sequence } = change;
  if (event.contentType !== 'hosted/file' && event.contentType !== 'HostedFile') return null;
  const relativePath = event.message?.relativePath;
  if (typeof relativePath !== 'string' || !relativePaths.includes(relativePath)) return null;
  if (originatorId !== consumerId && originatorMetadata?.role !== 'CONSUMER') return null;
  return { sequence, originatorId: originatorId ?? consumerId, relativePath };
}
