/** Who asks Ferry to act, and why. */
import type { JobCommandName } from './job';
import type { CommandName } from './names';

/** Characters (Unicode code points). */
export const LONGEST_BY = 255;
export const LONGEST_WHY = 1000;

/**
 * Who asked, and why. It is a claim of the caller that nothing proves. Absent for workflows that earlier versions have
 * started.
 */
export interface Asked {
  /** `user@host`, or what the caller named. At most {@link LONGEST_BY} characters. */
  readonly by?: string;
  /** At most {@link LONGEST_WHY} characters. */
  readonly why?: string;
}

/** The requests that a host puts on record. */
export type AuditAction = 'send' | 'fetch' | 'job' | 'cancel' | CommandName | JobCommandName;

/** The last command to a transfer since its start; readable in its memo. */
export interface CommandGiven extends Asked {
  readonly name: 'cancel' | CommandName | JobCommandName;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** One line of `audit/YYYY-MM.jsonl`. */
export interface AuditEntry extends Asked {
  /** Lines with the same id are about the same request, because a repeated attempt may write its line again. */
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: AuditAction;
  /** Of a transfer, a fetch or a job. */
  readonly transferId: string;
  readonly account: string;
  /** Absent for a job, whose lines may have several. */
  readonly consumer?: string;
  /** The host that moves the bytes. */
  readonly host: string;
  /** Path of the file; for a fetch, the relativePath in storage; for a job, its name. */
  readonly source: string;
}

/** The actions of commands on their own host, without a workflow. */
export type HostAction =
  | 'rotateSealKey'
  | 'retireSealKey'
  | 'rebuildLedger'
  | 'pruneLedger'
  | 'compactLedger'
  | 'addSchedule'
  | 'updateSchedule'
  | 'pauseSchedule'
  | 'resumeSchedule'
  | 'triggerSchedule'
  | 'removeSchedule';

/** One line of `audit/YYYY-MM.jsonl` about the host of the command. */
export interface HostAuditEntry extends Asked {
  readonly id: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly action: HostAction;
  readonly host: string;
  /** Of a seal key; never the key itself. */
  readonly keyId?: string;
  /** Name of a schedule. */
  readonly schedule?: string;
}

/** Copies the present fields. Absent fields must stay absent, because old histories do not have them. */
export function askedOf({ by, why }: Asked): Asked {
  return { ...(by === undefined ? {} : { by }), ...(why === undefined ? {} : { why }) };
}
