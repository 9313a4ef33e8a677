import type { TransferEvent } from '../../../client/types';
import type { Tracked } from './tracked';

/** Shows people how followed transfers go on. Results (done, failed, already sent) are the command's own lines. */
export interface Reporter {
  event(tracked: Tracked, event: TransferEvent): void;
  /** Something that concerns all of them, as "no worker serves this host"; null when it is over. */
  notice(text: string | null): void;
  /** A line that stays: the name of the transfer and what there is to say of it. */
  line(label: string, text: string): void;
  close(): void;
}

export interface Counts {
  readonly total: number;
  readonly done: number;
  readonly failed: number;
}

/** What a reporter shows beside the events. */
export interface ReporterSource {
  /** Followed and not ended. */
  readonly unfinished: () => readonly Tracked[];
  readonly counts: () => Counts;
  /** How to follow later, e.g. `ferry watch acme-plan-7kq2`. */
  readonly later: () => string;
  /** Columns of the widest label. */
  readonly widest: number;
}
