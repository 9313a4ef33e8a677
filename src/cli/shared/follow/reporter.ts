import type { TransferEvent } from '../../../client/types';
import type { Tracked } from './tracked';

/** Shows the progress of followed transfers. The command itself prints results (done, failed, already sent). */
export interface Reporter {
  event(tracked: Tracked, event: TransferEvent): void;
  /** A message about all transfers, such as "no worker serves this host"; null when it no longer holds. */
  notice(text: string | null): void;
  /** Prints a permanent line: the name of the transfer and a text. */
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
  /** The followed transfers that have not ended. */
  readonly unfinished: () => readonly Tracked[];
  readonly counts: () => Counts;
  /** How to follow later, e.g. `ferry watch acme-plan-7kq2`. */
  readonly later: () => string;
  /** Columns of the widest label. */
  readonly widest: number;
}
