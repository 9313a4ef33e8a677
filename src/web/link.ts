/**
 * A link that opens Temporal's web page with decoded values, once. Every holder of a payload key may make one, so
 * `ferry ui` needs no channel to the running `ferry up`. The link contains its expiry and an HMAC.
 */
import { createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import type { SealKey } from '../secrets';

/** Time to follow a link. */
const LINK_MS = 60_000;

const LINK = /^([\w-]{22})\.(\d{13})\.([\w-]{43})$/;

export interface Link {
  /** For the query of the address. */
  readonly token: string;
  /** Unix milliseconds. */
  readonly endsAtMs: number;
}

export function makeLink([key]: readonly SealKey[], nowMs: number): Link {
  if (key === undefined) throw new Error('A ring of payload keys is never empty.');
  const endsAtMs = nowMs + LINK_MS;
  const claim = `${randomBytes(16).toString('base64url')}.${endsAtMs}`;
  return { token: `${claim}.${mark(key, claim)}`, endsAtMs };
}

/** Remembers the links that were followed, so that each opens once. */
export class LinkCheck {
  readonly #used = new Map<string, number>();

  /** True once for each unexpired link that a holder of one of these keys made. */
  accept(token: string, keys: readonly SealKey[], nowMs: number): boolean {
    const [, nonce, end, given] = LINK.exec(token) ?? [];
    if (nonce === undefined || end === undefined || given === undefined) return false;
    const endsAtMs = Number(end);
    for (const [old, ended] of this.#used) if (ended <= nowMs) this.#used.delete(old);
    if (endsAtMs <= nowMs || endsAtMs > nowMs + LINK_MS || this.#used.has(nonce)) return false;
    const claim = `${nonce}.${end}`;
    if (!keys.some((key) => isSame(mark(key, claim), given))) return false;
    this.#used.set(nonce, endsAtMs);
    return true;
  }
}

function mark({ key }: SealKey, claim: string): string {
  const own = Buffer.from(hkdfSync('sha256', key, '', 'ferry-ui-link', 32));
  return createHmac('sha256', own).update(claim).digest('base64url');
}

export function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)];
  return first.length === second.length && timingSafeEqual(first, second);
}
