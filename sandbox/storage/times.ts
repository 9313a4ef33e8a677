import type { Ticks } from './catalogue';

/** Swift rounds up, so that nothing that changed within the second counts as unmodified since. */
export function modifiedSeconds(at: Ticks): number {
  return Math.ceil(at / 100_000);
}

export function lastModified(at: Ticks): string {
  return new Date(modifiedSeconds(at) * 1000).toUTCString();
}

export function timestamp(at: Ticks): string {
  return (at / 100_000).toFixed(5);
}

/** The years that Swift can print end far out; expiry in milliseconds by mistake is still among them. */
const LAST_PRINTABLE_SECOND = 8_640_000_000_000;

/** @returns null where Swift fails to print it, and with it the whole answer */
export function expiresHeader(seconds: number): string | null {
  return Math.abs(seconds) > LAST_PRINTABLE_SECOND ? null : new Date(seconds * 1000).toUTCString();
}
