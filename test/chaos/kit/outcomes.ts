import { setTimeout as sleep } from 'node:timers/promises';
import type { FerryClient, TransferStatus } from '../../../src/client';
import { isFerryError, type ErrorCode } from '../../../src/errors';
import type { Receipt } from '../../../src/contract';
import type { Sent } from './senders';

/** How one transfer stands when the time is up. */
export interface Outcome {
  readonly sent: Sent;
  readonly state: 'done' | 'failed' | 'parked' | 'stuck' | 'lost';
  readonly code: ErrorCode | null;
  readonly message: string;
  readonly receipt: Receipt | null;
  /** It was parked for a reason that was caused here, and went on when it was told to. */
  readonly retried: number;
}

/** Was this caused by what is done here, and does it need a person? */
export type Explains = (sent: Sent, code: ErrorCode | null) => boolean;

const LOOK_EVERY_MS = 1000;

/**
 * Waits for all, no longer than until `endsAt` (monotonic milliseconds). What is parked for a reason that was caused
 * here, and is gone by now, is retried: as a person would who has read the remedy.
 */
export async function readOutcomes(
  ferry: FerryClient,
  all: readonly Sent[],
  endsAt: number,
  explains: Explains,
): Promise<readonly Outcome[]> {
  const last = new Map<Sent, Outcome>();
  const open = new Set(all);
  for (;;) {
    for (const sent of open) {
      const retried = last.get(sent)?.retried ?? 0;
      const outcome = await lookAt(ferry, sent, retried);
      const mended = outcome.state === 'parked' && explains(sent, outcome.code) && (await retry(ferry, sent));
      last.set(sent, mended ? { ...outcome, retried: retried + 1 } : outcome);
      if (outcome.state !== 'stuck' && !mended) open.delete(sent);
    }
    if (open.size === 0 || performance.now() > endsAt) return all.map((sent) => last.get(sent)!);
    await sleep(LOOK_EVERY_MS);
  }
}

async function lookAt(ferry: FerryClient, sent: Sent, retried: number): Promise<Outcome> {
  const none = { sent, code: null, receipt: null, retried } as const;
  if (sent.transferId === '') return { ...none, state: 'lost', message: 'no transfer was ever started for this file' };
  try {
    const status = await ferry.status(sent.transferId);
    const { state, receipt, error } = status;
    if (state === 'done') return { ...none, state, receipt, message: '' };
    const code = error?.code ?? null;
    if (state === 'failed' || state === 'cancelled' || state === 'parked') {
      const message = error?.message ?? state;
      return { sent, retried, receipt, code, message, state: state === 'parked' ? state : 'failed' };
    }
    return { ...none, state: 'stuck', code, message: whereItStands(status) };
  } catch (error) {
    const gone = isFerryError(error) && error.code === 'TRANSFER_UNKNOWN';
    return { ...none, state: gone ? 'lost' : 'stuck', message: (error as Error).message };
  }
}

async function retry(ferry: FerryClient, { transferId }: Sent): Promise<boolean> {
  return ferry.retry(transferId).then(
    () => true,
    () => false,
  );
}

function whereItStands({ state, step, attempt, error, waitingFor, nextTryAt }: TransferStatus): string {
  const why = error === null ? 'no error' : `${error.code}: ${error.message}`;
  const until = nextTryAt === null ? '' : `, next try at ${nextTryAt}`;
  return `${state} at ${step}, attempt ${attempt}, ${why}${waitingFor === undefined ? '' : `, waits for ${waitingFor}`}${until}`;
}
