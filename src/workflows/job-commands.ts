import { ApplicationFailure, defineSignal, defineUpdate, log, setHandler } from '@temporalio/workflow';
import {
  askedOf,
  CANCEL_NOTE,
  isAddressedTo,
  JOB_COMMAND,
  LINE_SIGNAL,
  LINE_STATES,
  MOST_LANES,
  type JobCommand,
  type JobCommandAnswer,
  type JobCommandName,
  type LineSettled,
} from '../contract';
import { isErrorCode } from '../errors/table';
import { checkAddressed } from './inputs';
import type { JobRun } from './job-run';
import type { CommandRecord } from './record';

/**
 * Accepts the commands of people, and the results of the job's large files. Call it before the workflow's first await.
 */
export function acceptJobCommands(run: JobRun, applied: Set<string>, record: CommandRecord): void {
  const apply = (name: JobCommandName, command: JobCommand): void => {
    if (command.commandId !== '') applied.add(command.commandId);
    obey(run, name, command);
    record.note(name, command);
  };
  const refusal = (name: JobCommandName, command: JobCommand): string | null =>
    applied.has(command.commandId) ? 'This command was applied already.' : refusalOf(run, name, command);
  for (const name of Object.values(JOB_COMMAND)) {
    setHandler(
      defineUpdate<JobCommandAnswer, [unknown]>(name),
      (given) => {
        apply(name, read(given));
        return { state: run.view().state };
      },
      {
        validator(given) {
          checkAddressed(name, given);
          // Only here: a signal that an earlier version obeyed at this time is in a history.
          const late = run.isEnded && name !== 'retry' ? 'The job has just ended.' : null;
          const why = late ?? refusal(name, read(given));
          if (why !== null) throw ApplicationFailure.nonRetryable(why, 'COMMAND_IMPOSSIBLE');
        },
      },
    );
    setHandler(defineSignal<[unknown]>(name), (given) => {
      if (!isAddressedTo(name, given)) return;
      const command = read(given);
      if (refusal(name, command) === null) apply(name, command);
    });
  }
  setHandler(defineSignal<[unknown]>(CANCEL_NOTE), (given) => {
    if (isAddressedTo(CANCEL_NOTE, given)) record.note('cancel', read(given));
  });
  setHandler(defineSignal<[unknown]>(LINE_SIGNAL), (given) => {
    if (isAddressedTo(LINE_SIGNAL, given) && isLineSettled(given)) run.lineSettled(given);
    else log.warn('A signal was dropped that no transfer of this Ferry gave', { signal: LINE_SIGNAL });
  });
}

function refusalOf(run: JobRun, name: JobCommandName, { host, lanes }: JobCommand): string | null {
  const { paused, parked, end } = run.control;
  if (end === 'cancelled') return 'The job is being cancelled.';
  switch (name) {
    case 'pause':
      return paused ? 'The job is paused already.' : null;
    case 'resume':
      if (paused) return null;
      return parked === null ? 'The job is not paused.' : 'The job is parked, not paused: a retry goes on with it.';
    case 'retry':
      return paused ? 'The job is paused: resume it first.' : null;
    case 'set':
      return lanes !== undefined ? null : `A job has 1 to ${MOST_LANES} lanes.`;
    case 'move':
      if (host === undefined) return 'The host to move to is missing.';
      return host === run.view().host ? `The job is with host ${host} already.` : null;
  }
}

function obey(run: JobRun, name: JobCommandName, { code, host, lanes }: JobCommand): void {
  switch (name) {
    case 'pause':
      return run.pause();
    case 'resume':
      return run.resume();
    case 'retry':
      return run.retry(code);
    case 'set':
      return lanes === undefined ? undefined : run.set(lanes);
    case 'move':
      return host === undefined ? undefined : run.move(host);
  }
}

/** Accepts any input, because an error here would stop the workflow forever. */
function read(given: unknown): JobCommand {
  const fields = (typeof given === 'object' && given !== null ? given : {}) as Partial<JobCommand>;
  const { commandId, host, code, lanes } = fields;
  const isLanes = Number.isInteger(lanes) && Number(lanes) >= 1 && Number(lanes) <= MOST_LANES;
  return {
    commandId: typeof commandId === 'string' ? commandId : '',
    ...(typeof host === 'string' && host !== '' ? { host } : {}),
    ...(isErrorCode(code) ? { code } : {}),
    ...(isLanes && lanes !== undefined ? { lanes } : {}),
    ...askedOf(fields),
  };
}

function isLineSettled(given: unknown): given is LineSettled {
  const { pass, page, line, state, receipt, error } = given as Partial<Record<keyof LineSettled, unknown>>;
  const numbers = [pass, page, line].every((value) => typeof value === 'number');
  const isState = LINE_STATES.some((known) => known === state);
  return numbers && isState && typeof receipt === 'object' && typeof error === 'object';
}
