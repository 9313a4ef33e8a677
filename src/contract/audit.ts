/** Who asks Ferry to act, and why. */
import type { JobCommandName } from './job';
import type { CommandName } from './names';

/**
 * The texts that a person gives with a request, and the most characters (Unicode code points) of each. All of them are
 * claims that nothing proves. They stand in the memo, the status, the receipt and the audit log.
 */
export const ASKED = {
  /** Who asked: `user@host`, or what the caller named. */
  by: 255,
  why: 1000,
} as const;

/** A row of {@link ASKED} is absent when nobody gave it, and for workflows that earlier versions have started. */
export type Asked = { readonly [Name in keyof typeof ASKED]?: string };

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

/**
 * The texts among the given fields, which may come from anywhere: what is empty or not a text is dropped. Absent fields
 * stay absent, because old histories do not have them.
 */
export function askedOf(given: object): Asked {
  const fields = given as Readonly<Record<string, unknown>>;
  const texts = Object.keys(ASKED).map((name) => [name, fields[name]] as const);
  return Object.fromEntries(texts.filter(([, text]) => typeof text === 'string' && text !== '')) as Asked;
}
