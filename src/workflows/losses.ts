import type { FailureFacts } from './failures';

/** What rounds of request and use that failed had done. The receipt counts these bytes and renewals too. */
export interface Losses {
  renewals: number;
  bytes: number;
  /** Where the last failed round was moving bytes; null when it moved none. */
  relativePath: string | null;
}

export function noLosses(): Losses {
  return { renewals: 0, bytes: 0, relativePath: null };
}

/** Adds a failed round. A refused link counts as a renewal. */
export function addLosses(
  losses: Losses,
  { urlRenewals, bytesMoved, relativePath }: FailureFacts,
  refused: boolean,
): void {
  losses.renewals += (refused ? 1 : 0) + (urlRenewals ?? 0);
  losses.bytes += bytesMoved ?? 0;
  losses.relativePath = relativePath ?? losses.relativePath;
}
