import type { ProgressDetails } from '../contract';
import type { Direction, Meter } from '../metrics';
import type { Attempt } from './edge';

/** Keeps an attempt's heartbeat details. Each change makes a new object, because the SDK encodes it later. */
export interface ProgressKeeper {
  readonly now: ProgressDetails;
  /** Bytes of the file that have arrived, as far as this attempt knows. */
  at(bytesDone: number, sizeBytes?: number): void;
  waitFor(what: string): void;
  /** Starts moving bytes under this relativePath. The offset of a resumed fetch is known only with its first byte. */
  begin(relativePath: string, mayResume?: boolean): void;
  renewed(): void;
  /** Bytes put on the wire or taken from it; counted over all attempts. */
  moved(bytes: number): void;
}

/** Reports one transfer to the metrics. */
export interface ProgressMeter {
  moved(bytes: number): void;
  renewed(): void;
}

const UNMETERED: ProgressMeter = { moved: () => undefined, renewed: () => undefined };

/** @param meter @default counts nothing */
export function startProgress(
  attempt: Attempt<ProgressDetails>,
  sizeBytes: number,
  meter: ProgressMeter = UNMETERED,
): ProgressKeeper {
  const { previous } = attempt;
  const set = (changes: Partial<ProgressDetails>): void => {
    attempt.details = { ...attempt.details!, ...changes };
  };
  let beganAt: number | null = 0;
  // The bytes of the running call that the meter has counted already.
  let metered = 0;
  const tellMeter = (bytesUnderWay: number): void => {
    meter.moved(Math.max(0, bytesUnderWay - metered));
    metered = Math.max(metered, bytesUnderWay);
  };
  attempt.details = {
    bytesDone: 0,
    sizeBytes,
    urlRenewals: previous?.urlRenewals ?? 0,
    relativePath: previous?.relativePath ?? null,
    // A killed attempt could not count the bytes of its running call. Its last heartbeat has their number.
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
      tellMeter(bytesDone - beganAt);
    },
    waitFor: (what) => set({ waitingFor: what }),
    begin(relativePath, mayResume = false) {
      beganAt = mayResume ? null : 0;
      set({ relativePath, bytesDone: 0, waitingFor: null });
    },
    renewed() {
      set({ urlRenewals: attempt.details!.urlRenewals + 1, waitingFor: null });
      meter.renewed();
    },
    moved(bytes) {
      set({ bytesMoved: attempt.details!.bytesMoved + bytes, bytesUnderWay: 0 });
      tellMeter(bytes);
      metered = 0;
    },
  };
}

export function progressMeter(meter: Meter, account: string, direction: Direction): ProgressMeter {
  return {
    moved: (bytes) => meter.bytesMoved(account, direction, bytes),
    renewed: () => meter.linkRenewed(account, direction),
  };
}
