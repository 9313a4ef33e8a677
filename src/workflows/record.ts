import { CancellationScope, log, upsertMemo, workflowInfo } from '@temporalio/workflow';
import {
  askedOf,
  COMMAND_MEMO,
  type Asked,
  type AuditAction,
  type AuditEntry,
  type Command,
  type CommandGiven,
  type KeepAuditInput,
} from '../contract';
import { TransferActivities } from './activities';
import { errorOf, wasNotPickedUp } from './failures';

/** When the host has not picked up the record of a command within this time, any worker writes it. */
const PICKUP_MS = 5000;

/** The facts about the transfer or job in each entry. */
export type RecordSubject = Pick<AuditEntry, 'transferId' | 'account' | 'source'> & { readonly consumer?: string };

/** After this time the record of a command is abandoned. The command itself runs anyway. */
const WITHIN_MS = 30_000;

/** The entry for the start of a workflow; undefined when an earlier version started it, which named no person. */
export function startEntry(
  action: AuditAction,
  subject: RecordSubject & Asked & { readonly host: string },
): AuditEntry | undefined {
  const { runId, startTime } = workflowInfo();
  if (subject.by === undefined) return undefined;
  return { id: runId, at: startTime.toISOString(), action, ...subject };
}

/** Records the start of a workflow before its first step. The transfer parks when the host cannot write. */
export async function keepRequest(activities: TransferActivities, entry: AuditEntry): Promise<void> {
  await activities.onHost('keepAudit', { entries: [entry] }, { summary: 'put the request on record' });
}

/** Records the commands of people: in the memo of the transfer, and in the audit log of its host. */
export class CommandRecord {
  readonly #subject: RecordSubject;
  readonly #host: () => string;
  readonly #underWay = new Set<Promise<void>>();

  constructor(subject: RecordSubject, host: () => string) {
    this.#subject = subject;
    this.#host = host;
  }

  /** Returns at once. A command of an earlier version names no person and is not recorded. */
  note(name: CommandGiven['name'], command: Command): void {
    if (command.by === undefined) return;
    const at = new Date().toISOString();
    const asked = askedOf(command);
    upsertMemo({ [COMMAND_MEMO]: { name, at, ...asked } satisfies CommandGiven });
    this.keep({ id: command.commandId, at, action: name, ...this.#subject, host: this.#host(), ...asked });
  }

  /** Returns at once; the entry is written concurrently. */
  keep(entry: AuditEntry): void {
    const keeping = CancellationScope.nonCancellable(() => keep(entry));
    this.#underWay.add(keeping);
    void keeping.finally(() => this.#underWay.delete(keeping));
  }

  /** Call it before the workflow ends, because later records are lost. */
  async settled(): Promise<void> {
    await CancellationScope.nonCancellable(() => Promise.all(this.#underWay));
  }
}

async function keep(entry: AuditEntry): Promise<void> {
  try {
    await keepSomewhere(new TransferActivities(entry.host, () => WITHIN_MS), { entries: [entry] });
  } catch (thrown) {
    const { id, action, transferId } = entry;
    log.warn('A command is not in the audit log', { id, action, transferId, error: errorOf(thrown).message });
  }
}

async function keepSomewhere(activities: TransferActivities, input: KeepAuditInput): Promise<void> {
  const summary = 'put the command on record';
  try {
    await activities.onHost('keepAudit', input, { summary, scheduleToStartTimeout: PICKUP_MS });
  } catch (thrown) {
    if (!wasNotPickedUp(thrown)) throw thrown;
    await activities.anywhere('keepAudit', input, { summary: `${summary} on any host` });
  }
}
