import { FerryError, isFerryError } from '../errors';
import { isAnswerTo, mayTakeEffectLater } from '../liveperson';
import type { PublishEffect, PublishFacts } from '../contract';
import type { Claim } from '../ledger';
import { isLostConnection } from './backoff';
import { msToSettle } from './settling';

/**
 * The outcome of a frame:
 * - `failed`: `late` when the service may still carry the frame out
 * - `elsewhere`: another transfer publishes or has published the file
 * - `unsent`: it was not tried, because of the outcome of an earlier frame
 */
export type Outcome =
  | { readonly kind: 'sent'; readonly sequence: number }
  | { readonly kind: 'elsewhere'; readonly claim: Exclude<Claim, { readonly kind: 'claimed' }> }
  | { readonly kind: 'failed'; readonly effect: PublishEffect; readonly late: boolean; readonly error: unknown }
  | { readonly kind: 'unsent' };

/** Stops a frame before it leaves. */
export class SentElsewhere extends Error {
  readonly claim: Exclude<Claim, { readonly kind: 'claimed' }>;

  constructor(claim: Exclude<Claim, { readonly kind: 'claimed' }>) {
    super('Another transfer publishes the file.');
    this.claim = claim;
  }
}

/** True when the error also concerns the following frames. An error of a single file does not stop them. */
export function stops(outcome: Outcome): boolean {
  if (outcome.kind !== 'failed') return false;
  const { effect, error } = outcome;
  const isFinal = effect === 'refused' && isFerryError(error) && error.row.does === 'fail';
  return !isFinal || error.row.conversation === 'gone';
}

/** Only a refusal that answers the publish itself proves that nothing was published; a 5xx does not. */
export function factsAfter(error: unknown): { readonly effect: PublishEffect; readonly late: boolean } {
  if (isAnswerTo(error, 'publish', [400, 499])) return { effect: 'refused', late: false };
  // The service may still carry out an abandoned request.
  return { effect: 'unknown', late: !isFerryError(error) || mayTakeEffectLater(error) };
}

/** An expired token does not tell whether an earlier frame had its effect. */
export function unlessAnswered(error: unknown, name: string): unknown {
  if (!isFerryError(error) || error.code !== 'TOKEN_EXPIRED') return error;
  if (isAnswerTo(error, 'publish', [400, 499])) return error;
  return new FerryError('ANSWER_LOST', `The token expired while ${name} was being published; Ferry looks first.`, {
    retryAfterMs: 1000,
  });
}

/** The token has expired, and no frame of it can have an effect. */
export function isExpired(outcome: Outcome): boolean {
  if (outcome.kind !== 'failed' || outcome.effect === 'unknown') return false;
  return isFerryError(outcome.error) && outcome.error.code === 'TOKEN_EXPIRED';
}

/** The connection was lost after the frame had left, and the service will not carry the frame out later. */
export function wasCutOff(error: unknown, facts: PublishFacts | undefined): error is FerryError {
  if (!isFerryError(error) || error.code !== 'ANSWER_LOST' || !isLostConnection(error)) return false;
  return facts?.effect === 'unknown' && msToSettle(facts) === 0;
}
