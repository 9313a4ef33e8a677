import type { Schedules } from '../../../client';
import { isFerryError } from '../../../errors';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { readSettings, upStateDir, withClient } from '../../shared/settings';

interface PauseOptions {
  readonly why?: string;
}

type Words = readonly string[];

export function runPause(environment: CommandEnvironment, { why = '' }: PauseOptions, words: Words): Promise<ExitCode> {
  return steer(environment, words, 'paused', (schedules, name) => schedules.pause(name, why));
}

export function runResume(environment: CommandEnvironment, _options: object, words: Words): Promise<ExitCode> {
  return steer(environment, words, 'resumed', (schedules, name) => schedules.resume(name));
}

export function runTrigger(environment: CommandEnvironment, _options: object, words: Words): Promise<ExitCode> {
  return steer(environment, words, 'triggered', (schedules, name) => schedules.trigger(name));
}

/** Removes what this host knows of it as well, also when Temporal has lost the schedule. */
export function runRemove(environment: CommandEnvironment, _options: object, words: Words): Promise<ExitCode> {
  const { io, flags } = environment;
  return steer(environment, words, 'removed', async (schedules, name) => {
    const { target } = await readSettings(io, flags);
    const wasHere = lazy.jobs().removeSchedule(target.stateDir ?? upStateDir(io, flags), name);
    await schedules.remove(name).catch((error: unknown) => {
      if (!wasHere || !isFerryError(error) || error.code !== 'SCHEDULE_UNKNOWN') throw error;
    });
  });
}

async function steer(
  { io, output, flags }: CommandEnvironment,
  [name = '']: Words,
  done: string,
  act: (schedules: Schedules, name: string) => Promise<void>,
): Promise<ExitCode> {
  const settings = await readSettings(io, flags);
  await withClient(settings, io, ({ schedules }) => act(schedules, name));
  output.document({ type: 'status', v: 1, schedule: name, done });
  output.answer(`${name} ${done}`);
  return EXIT.done;
}
