import type { Schedules } from '../../../client';
import type { Asked, HostAction } from '../../../contract';
import { isFerryError } from '../../../errors';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { keepOnRecord } from '../../shared/on-record';
import { readSettings, upStateDir, withClient } from '../../shared/settings';

type Words = readonly string[];

export function runPause(environment: CommandEnvironment, asked: Asked, words: Words): Promise<ExitCode> {
  const { why = '' } = asked;
  const steps = { action: 'pauseSchedule', done: 'paused' } as const;
  return steer(environment, asked, words, steps, (schedules, name) => schedules.pause(name, why));
}

export function runResume(environment: CommandEnvironment, asked: Asked, words: Words): Promise<ExitCode> {
  const steps = { action: 'resumeSchedule', done: 'resumed' } as const;
  return steer(environment, asked, words, steps, (schedules, name) => schedules.resume(name));
}

export function runTrigger(environment: CommandEnvironment, asked: Asked, words: Words): Promise<ExitCode> {
  const steps = { action: 'triggerSchedule', done: 'triggered' } as const;
  return steer(environment, asked, words, steps, (schedules, name) => schedules.trigger(name));
}

/** Removes what this host knows of it as well, also when Temporal has lost the schedule. */
export function runRemove(environment: CommandEnvironment, asked: Asked, words: Words): Promise<ExitCode> {
  const { io, flags } = environment;
  const steps = { action: 'removeSchedule', done: 'removed' } as const;
  return steer(environment, asked, words, steps, async (schedules, name) => {
    const { target } = await readSettings(io, flags);
    const wasHere = lazy.jobs().removeSchedule(target.stateDir ?? upStateDir(io, flags), name);
    await schedules.remove(name).catch((error: unknown) => {
      if (!wasHere || !isFerryError(error) || error.code !== 'SCHEDULE_UNKNOWN') throw error;
    });
  });
}

interface Steps {
  readonly action: HostAction;
  /** Told when it is done. */
  readonly done: string;
}

async function steer(
  environment: CommandEnvironment,
  asked: Asked,
  [name = '']: Words,
  { action, done }: Steps,
  act: (schedules: Schedules, name: string) => Promise<void>,
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  await withClient(settings, io, async ({ schedules }) => {
    await act(schedules, name);
    await keepOnRecord(environment, settings, { action, schedule: name }, asked);
  });
  output.document({ type: 'status', v: 1, schedule: name, done });
  output.answer(`${name} ${done}`);
  return EXIT.done;
}
