import type { ProgressDetails } from '../workflows/contract';
import type { Attempt } from './edge';

/** Keeps an attempt's heartbeat details: always a fresh object, for the SDK encodes it later. */
export interface ProgressKeeper {
  readonly now: ProgressDetails;
  /** Bytes of the file that are where they belong, as far as this attempt knows. */
  at(bytesDone: number, sizeBytes?: number): void;
  waitFor(what: string): void;
  /** Starts moving bytes under this relativePath. */
  begin(relativePath: string): void;
  renewed(): void;
  /** Bytes put on the wire or taken from it; counted over all attempts. */
  moved(bytes: number): void;
}

export function startProgress(attempt: Attempt<ProgressDetails>, sizeBytes: number): ProgressKeeper {
  const { previous } = attempt;
  const set = (changes: Partial<ProgressDetails>): void => {
    attempt.details = { ...attempt.details!, ...changes };
  };
  attempt.details = {
    bytesDone: 0,
    sizeBytes,
    urlRenewals: previous?.urlRenewals ?? 0,
    relativePath: previous?.relativePath ?? null,
    bytesMoved: previous?.bytesMoved ?? 0,
    waitingFor: null,
  };
  return {
    get now() {
      return attempt.details!;
    },
    at: (bytesDone, size) => set({ bytesDone, waitingFor: null, ...(size === undefined ? {} : { sizeBytes: size }) }),
    waitFor: (what) => set({ waitingFor: what }),
    begin: (relativePath) => set({ relativePath, bytesDone: 0, waitingFor: null }),
    renewed: () => set({ urlRenewals: attempt.details!.urlRenewals + 1, waitingFor: null }),
    moved: (bytes) => set({ bytesMoved: attempt.details!.bytesMoved + bytes }),
  };
}
