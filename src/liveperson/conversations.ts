import type { z } from 'zod';
import { FerryError } from '../errors';
import { asError } from '../lib/shared-call';
import type { Connection, SocketRequest } from './connection';
import type { Notice } from './frames';
import { isRefusal } from './refusals';
import { conversationChange, conversationsNotice, dialogEntry, subscribeAnswer, tolerantArray } from './schemas';
import type { Conversation } from './types';

/**
 * How long to wait for the first notification after the answer to GetClock. The documentation says that it "follows at
 * once, possibly with no changes". A service without a notification means no conversations. But then the caller creates
 * a conversation, so Ferry waits as long as for a look for a message.
 */
const NO_NOTICE_MS = 3_000;

/** Limit of the kept notices; a service that sends more is faulty or hostile. */
const MOST_NOTICES = 1_000;
const MOST_CHARACTERS = 8_000_000;

interface Gathered {
  readonly changes: readonly Change[];
}
type Change = z.infer<typeof conversationChange>;

/**
 * All conversations of the consumer, newest first: subscribes, takes the first notification, unsubscribes.
 *
 * The list is complete when the first notification has come *and* a GetClock behind the subscription has been answered.
 * The service answers the requests of a socket in order, so by then all notifications of a snapshot have arrived. (The
 * browser SDK waits a second instead.)
 */
export async function gatherConversations(
  connection: Connection,
  options: { readonly signal?: AbortSignal | undefined; readonly timeoutMs: number },
): Promise<readonly Conversation[]> {
  const notices: Gathered[] = [];
  const early: Notice[] = [];
  let subscriptionId: string | null = null;
  let onFirst: () => void = () => undefined;
  let onFlood: (error: FerryError) => void = () => undefined;
  const kept = { notices: 0, characters: 0 };
  const first = new Promise<void>((resolve) => (onFirst = resolve));

  function hear(notice: Notice): void {
    if (!notice.type.includes('ExConversationChangeNotification')) return;
    kept.notices += 1;
    kept.characters += notice.size;
    if (kept.notices <= MOST_NOTICES && kept.characters <= MOST_CHARACTERS) return take(notice);
    early.length = 0;
    notices.length = 0;
    onFlood(flooded());
  }

  function take(notice: Notice): void {
    // The notification may overtake the answer with the id of our subscription.
    if (subscriptionId === null) {
      early.push(notice);
      return;
    }
    const parsed = conversationsNotice.safeParse(notice.body);
    if (!parsed.success) return;
    if (parsed.data.subscriptionId !== undefined && parsed.data.subscriptionId !== subscriptionId) return;
    notices.push({ changes: tolerantArray(parsed.data.changes, conversationChange) });
    onFirst();
  }

  const stopListening = connection.listen(hear);
  let stopWatching: () => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    stopWatching = connection.onClosed(reject);
    onFlood = reject;
  });
  lost.catch(() => undefined);
  const ask = (request: SocketRequest): Promise<unknown> => Promise.race([connection.request(request), lost]);
  try {
    const request = { operation: 'conversations', ...options } as const;
    const body = { minLastUpdatedTime: 0, convState: ['OPEN', 'CLOSE'] };
    const answer = await ask({ ...request, type: 'cqm.SubscribeExConversations', body });
    const parsed = subscribeAnswer.safeParse(answer);
    if (!parsed.success) {
      throw new FerryError('PROTOCOL_ERROR', 'The messaging service gave no id for the subscription to conversations.');
    }
    subscriptionId = parsed.data.subscriptionId;
    for (const notice of early) take(notice);
    // A refusal of GetClock is an answer too; its content does not matter.
    await ask({ ...request, operation: 'clock', type: 'GetClock' }).catch((error: unknown) => {
      if (!isRefusal(error)) throw error;
    });
    await firstOrQuiet(Promise.race([first, lost]), options.signal);
    return merge(notices);
  } finally {
    stopListening();
    stopWatching();
    unsubscribe(connection, subscriptionId);
  }
}

function flooded(): FerryError {
  return new FerryError(
    'PROTOCOL_ERROR',
    `The messaging service sent more than ${MOST_NOTICES} notices or ${MOST_CHARACTERS / 1_000_000} MB while conversations were asked for.`,
  );
}

async function firstOrQuiet(first: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let onAbort: (() => void) | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      timer = setTimeout(resolve, NO_NOTICE_MS);
      onAbort = () => reject(asError(signal?.reason));
      signal?.addEventListener('abort', onAbort, { once: true });
      first.then(resolve, reject);
    });
  } finally {
    clearTimeout(timer);
    if (onAbort !== undefined) signal?.removeEventListener('abort', onAbort);
  }
}

/** Does not wait for the answer. A failure is harmless, because the subscription ends with the socket. */
function unsubscribe(connection: Connection, subscriptionId: string | null): void {
  if (subscriptionId === null || !connection.isOpen()) return;
  const body = { subscriptionId };
  void connection
    .request({ operation: 'conversations', type: 'cqm.UnsubscribeExConversations', body })
    .catch(() => undefined);
}

/** Notifications may come twice and in any order: for each conversation the change with the newest timestamp counts. */
function merge(notices: readonly Gathered[]): readonly Conversation[] {
  const newest = new Map<string, Change>();
  for (const change of notices.flatMap((notice) => notice.changes)) {
    const id = change.result.convId;
    const known = newest.get(id);
    if (known === undefined || timeOf(change) >= timeOf(known)) newest.set(id, change);
  }
  return [...newest.values()]
    .filter((change) => change.type !== 'DELETE')
    .map(toConversation)
    .sort((a, b) => b.startedAtMs - a.startedAtMs);
}

function timeOf(change: Change): number {
  return change.result.lastUpdateTime ?? change.result.conversationDetails?.metaDataLastUpdateTs ?? 0;
}

function toConversation({ result }: Change): Conversation {
  const details = result.conversationDetails;
  const dialogs = tolerantArray(details?.dialogs, dialogEntry);
  // Ferry does not publish into a conversation with an unknown state.
  const open = details?.state === 'OPEN' && details.stage !== 'CLOSE';
  return {
    conversationId: result.convId,
    state: open ? 'OPEN' : 'CLOSE',
    dialogId: dialogs.find((dialog) => dialog.dialogType === 'MAIN')?.dialogId ?? result.convId,
    startedAtMs: details?.startTs ?? 0,
  };
}
