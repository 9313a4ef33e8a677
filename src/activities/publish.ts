import { setTimeout as delay } from 'node:timers/promises';
import { FerryError } from '../errors';
import type { PublishFacts, PublishInput, PublishResult, ReceiptDraft } from '../contract';
import type { Intent, SentReceipt } from '../ledger';
import { defined } from '../lib/defined';
import { pauseBeforeRetryMs } from './backoff';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import type { Attempt } from './edge';
import { knownMessage } from './known-message';
import { settleOthers, stillSending } from './publish-elsewhere';
import { msToSettle, msToSettleIntent, SETTLED, unsettledBefore, unsettledFor, type Settling } from './settling';
import { lookForMessages, type Found, type Place } from './publish-look';
import { previewOf } from './publish-preview';
import { keepPublishedReceipts } from './publish-receipt';
import { isExpired, wasCutOff, type Outcome } from './publish-outcome';
import { sendFrames, type Frame } from './publish-send';

/**
 * After so many lost connections the first attempt looks for the message itself. Temporal starts another attempt a
 * second later or more, also after a shorter pause.
 */
const LOOKS_AT_ONCE = 2;

export const publishInput = bound.record<PublishInput>({
  ...bound.transfer,
  opened: bound.openedAt,
  file: bound.inspection,
  ...bound.choices,
  relativePath: bound.path,
  lookFirst: bound.truth,
  lookOnly: bound.truth,
  ...bound.settling,
  isSettledAtGuessed: bound.truth.optional(),
  receipt: bound.record<ReceiptDraft>(bound.receiptDraft),
  sendKey: bound.id.nullable().optional(),
});

/**
 * Publishes the hosted/file message exactly once, though the protocol has no idempotency key.
 *
 * The ledger of this host answers first: Temporal's database may be older than what was published.
 *
 * The attempt's details say at every moment what is known of the frames of all attempts. They are with the server
 * before a frame leaves (the fence sends them), so the next attempt, on this worker or another, knows whether to
 * believe a look that finds nothing.
 */
export async function publish(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  withPreview: boolean,
): Promise<PublishResult | null> {
  const known = knownMessage(await deps.ledger.ofTransfer(input.transferId), input.receipt.md5);
  if (known.receipt !== null) return resultOf(known.receipt);
  const startedAtMs = Date.parse(input.receipt.startedAt);
  const settling = await settledByLedger(deps, input, known.intents, startedAtMs);
  attempt.details = factsBefore(settling, attempt, known.intents);
  let places = placesToLook(input, attempt, known.intents);
  for (let losses = 1; ; losses += 1) {
    try {
      return await lookAndSend(deps, input, attempt, places, withPreview);
    } catch (error) {
      if (attempt.number > 1 || !wasCutOff(error, attempt.details)) throw error;
      if (losses > LOOKS_AT_ONCE) {
        const { code, message, details, cause } = error;
        throw new FerryError(code, message, { retryAfterMs: pauseBeforeRetryMs(losses, true), details, cause });
      }
    }
    // The look itself takes seconds, so a second message does not follow too soon.
    await delay(pauseBeforeRetryMs(1, true), undefined, { signal: attempt.signal });
    places = [{ ...input.opened, relativePath: input.relativePath }];
  }
}

async function lookAndSend(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  places: readonly Place[],
  withPreview: boolean,
): Promise<PublishResult | null> {
  if (places.length > 0) {
    const [found] = await lookForMessages(deps, { ...lookOf(input), places, enough: 1 }, attempt);
    if (found !== undefined) return await done(deps, input, attempt, found);
    believeAbsent(input.file.name, attempt);
  }
  return input.lookOnly ? null : await send(deps, input, attempt, withPreview);
}

type LookFacts = Settling & Pick<PublishInput, 'lookFirst'>;

export function factsBefore(
  { lookFirst, ...settling }: LookFacts,
  { previous }: Attempt<PublishFacts>,
  intents: readonly Intent[],
): PublishFacts {
  if (previous?.effect === undefined && !lookFirst && intents.length > 0) {
    // The ledger has a publish that Temporal does not know, so Temporal's database was restored from a backup.
    return { effect: 'unknown', ...unsettledFor(Math.max(...intents.map(msToSettleIntent))), refusedLooks: 0 };
  }
  const { unsettledUntil, steadyUntil, refusedLooks = 0 } = previous ?? {};
  return {
    effect: previous?.effect ?? (lookFirst ? 'unknown' : 'none'),
    ...(unsettledUntil === undefined ? unsettledBefore(settling) : { unsettledUntil, ...defined({ steadyUntil }) }),
    refusedLooks,
  };
}

/**
 * Between two attempts the workflow does not know whether a frame has left, so it assumes that one has just left. The
 * ledger can know better, because each frame has an intent before it leaves. The ledger must have all intents of this
 * transfer for that: no other ledger can have any, and this ledger is older than the transfer. (A ledger that was put
 * aside took its intents along.)
 *
 * @param startedAtMs Unix milliseconds; nothing was published before this time
 */
export async function settledByLedger(
  { ledger, isOnlyLedger }: ActivityDeps,
  told: LookFacts & Pick<PublishInput, 'isSettledAtGuessed'>,
  intents: readonly Intent[],
  startedAtMs: number,
): Promise<LookFacts> {
  const { lookFirst, settledAt: guess, settlesInMs, isSettledAtGuessed = false } = told;
  const asTold = { lookFirst, settledAt: guess, ...defined({ settlesInMs }) };
  if (!isSettledAtGuessed || guess === null || !isOnlyLedger) return asTold;
  if ((await ledger.bornAt()) > startedAtMs) return asTold;
  // Also when the guess is earlier: it may be older than the last intent.
  const ms = Math.max(0, ...intents.map(msToSettleIntent));
  return { lookFirst, settledAt: Date.now() + ms, settlesInMs: ms };
}

function placesToLook(
  { opened, relativePath, lookFirst }: PublishInput,
  { number }: Attempt<PublishFacts>,
  intents: readonly Intent[],
): readonly Place[] {
  return lookFirst || number > 1 ? [...intents, { ...opened, relativePath }] : intents;
}

function lookOf({ account, consumer, file }: PublishInput) {
  return { account, consumer, what: file.name };
}

/** @throws {FerryError} ANSWER_LOST while the service may still carry out an earlier publish */
export function believeAbsent(what: string, attempt: Attempt<PublishFacts>): void {
  const { details } = attempt;
  const leftMs = msToSettle(details ?? SETTLED);
  if (leftMs <= 0) {
    attempt.details = { ...details, effect: 'none', ...SETTLED, refusedLooks: 0 };
    return;
  }
  // The next attempt measures from here: it does not depend on a wall clock that was set back.
  if (details !== undefined) attempt.details = { ...details, ...unsettledFor(leftMs) };
  const message = `An earlier publish of ${what} was not answered and may still take effect; Ferry looks again.`;
  throw new FerryError('ANSWER_LOST', message, { retryAfterMs: leftMs });
}

/** Sends until the outcome is known. */
async function send(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  withPreview: boolean,
): Promise<PublishResult> {
  const preview = withPreview ? previewOf(deps, input.file, input.receipt.sha256) : Promise.resolve(null);
  const { conversationId, dialogId } = input.opened;
  const { relativePath } = input;
  for (;;) {
    const outcome = await sendAs(
      deps,
      input,
      attempt,
      frameOf(input, () => preview),
    );
    switch (outcome.kind) {
      case 'sent':
        deps.consumers.sawSequence(input, dialogId, outcome.sequence);
        return await done(deps, input, attempt, { conversationId, dialogId, sequence: outcome.sequence, relativePath });
      case 'failed':
        throw outcome.error;
      case 'unsent':
        attempt.signal.throwIfAborted();
        throw new FerryError('INTERNAL', `${input.file.name} was not sent.`);
      case 'elsewhere': {
        const { claim } = outcome;
        if (claim.kind === 'sent') return resultOf({ ...claim.receipt, repeated: true });
        if (msToSettleIntent(claim.by) > 0) throw stillSending(input.file.name, claim.by);
        const [found] = await settleOthers(deps, lookOf(input), [claim.by], attempt);
        if (found !== undefined) return await done(deps, input, attempt, found, true);
      }
    }
  }
}

/**
 * Runs as the consumer, and repeats with a fresh token when the first token expired before a frame could have an
 * effect.
 */
async function sendAs(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  frame: Frame,
): Promise<Outcome> {
  const order = {
    account: input.account,
    consumer: input.consumer,
    opened: input.opened,
    frames: [frame],
    what: input.file.name,
    note: (facts: PublishFacts) => {
      attempt.details = facts;
    },
  };
  const token = await deps.consumers.token(input, attempt.signal);
  const first = (await sendFrames(deps, order, token, attempt)).get(frame) ?? UNSENT;
  if (!isExpired(first)) return first;
  const fresh = await deps.consumers.renew(input, token, attempt.signal);
  return (await sendFrames(deps, order, fresh, attempt)).get(frame) ?? UNSENT;
}

const UNSENT: Outcome = { kind: 'unsent' };

function frameOf(input: PublishInput, preview: Frame['preview']): Frame {
  const { transferId, relativePath, caption, file, receipt, sendKey = null } = input;
  const { name, fileType } = file;
  return { transferId, name, fileType, relativePath, caption, md5: receipt.md5, sendKey, preview };
}

async function done(
  deps: ActivityDeps,
  input: PublishInput,
  attempt: Attempt<PublishFacts>,
  { conversationId, dialogId, sequence, relativePath }: Found,
  repeated = false,
): Promise<PublishResult> {
  const finishedAt = new Date().toISOString();
  const receipt = { ...input.receipt, repeated, relativePath, conversationId, dialogId, sequence, finishedAt };
  const { sendKey = null } = input;
  const receiptKept = await keepPublishedReceipts(deps, { receipt, runId: attempt.runId, sendKey });
  const result = { sequence, conversationId, dialogId, publishedAt: finishedAt, receiptKept };
  return relativePath === input.relativePath ? result : { ...result, earlier: receipt };
}

function resultOf(receipt: SentReceipt): PublishResult {
  const { sequence, conversationId, dialogId, finishedAt } = receipt;
  return { sequence, conversationId, dialogId, publishedAt: finishedAt, receiptKept: true, earlier: receipt };
}
