import type { FailureFacts } from './failures';

/** Totals of the failed rounds of "request a link, use it". The receipt counts their bytes and renewals as well. */
export interface FailedRounds {
  renewals: number;
  bytes: number;
  /** The relativePath of the last failed round that moved bytes; null when none did. */
  relativePath: string | null;
}

export function noFailedRounds(): FailedRounds {
  return { renewals: 0, bytes: 0, relativePath: null };
}

/** Adds a failed round. A refused link counts as a renewal. */
export function addFailedRound(
  failed: FailedRounds,
  { urlRenewals, bytesMoved, relativePath }: FailureFacts,
  refused: boolean,
): void {
  failed.renewals += (refused ? 1 : 0) + (urlRenewals ?? 0);
  failed.bytes += bytesMoved ?? 0;
  failed.relativePath = relativePath ?? failed.relativePath;
}
