import type { ProgressDetails } from '../contract';
import type { Attempt } from './edge';

/** Keeps an attempt's heartbeat details: always a fresh object, for the SDK encodes it later. */
export interface ProgressKeeper {
  readonly now: ProgressDetails;
  /** Bytes of the file that are where they belong, as far as this attempt knows. */
  at(bytesDone: number, sizeBytes?: number): void;
  waitFor(what: string): void;
  /** Starts moving bytes under this relativePath; a fetch may resume, so where it begins is only known at its first byte. */
  begin(relativePath: string, mayResume?: boolean): void;
  renewed(): void;
  /** Bytes put on the wire or taken from it; counted over all attempts. */
  moved(bytes: number): void;
}

export function startProgress(attempt: Attempt<ProgressDetails>, sizeBytes: number): ProgressKeeper {
  const { previous } = attempt;
  const set = (changes: Partial<ProgressDetails>): void => {
    attempt.details = { ...attempt.details!, ...changes };
  };
  let beganAt: number | null = 0;
  attempt.details = {
    bytesDone: 0,
    sizeBytes,
    urlRenewals: previous?.urlRenewals ?? 0,
    relativePath: previous?.relativePath ?? null,
    // An attempt that was killed could not count what it had under way: its last heartbeat did.
    bytesMoved: (previous?.bytesMoved ?? 0) + (previous?.bytesUnderWay ?? 0),
    bytesUnderWay: 0,
    waitingFor: null,
    fruitless: previous?.fruitless ?? 0,
    furthest: previous?.furthest ?? 0,
  };
  return {
    get now() {
      return attempt.details!;
    },
    at(bytesDone, size) {
      beganAt ??= bytesDone;
      const known = size === undefined ? {} : { sizeBytes: size };
      set({ bytesDone, bytesUnderWay: bytesDone - beganAt, waitingFor: null, ...known });
    },
    waitFor: (what) => set({ waitingFor: what }),
    begin(relativePath, mayResume = false) {
      beganAt = mayResume ? null : 0;
      set({ relativePath, bytesDone: 0, waitingFor: null });
    },
    renewed: () => set({ urlRenewals: attempt.details!.urlRenewals + 1, waitingFor: null }),
    moved: (bytes) => set({ bytesMoved: attempt.details!.bytesMoved + bytes, bytesUnderWay: 0 }),
  };
}
