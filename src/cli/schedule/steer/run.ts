import type { Schedules } from '../../../client';
import type { Asked, HostAction } from '../../../contract';
import { isFerryError } from '../../../errors';
import type { CommandRun } from '../../shared/command';
import { EXIT } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { keepOnRecord } from '../../shared/on-record';
import { readSettings, withClient } from '../../shared/settings';

interface Order {
  readonly name: string;
  readonly asked: Asked;
  /** Only the schedules of this host. */
  readonly stateDir: string;
}

type Act = (schedules: Schedules, order: Order) => Promise<void>;

export const runPause = steering('pauseSchedule', 'paused', (schedules, { name, asked }) =>
  schedules.pause(name, asked.why ?? ''),
);

export const runResume = steering('resumeSchedule', 'resumed', (schedules, { name }) => schedules.resume(name));

export const runTrigger = steering('triggerSchedule', 'triggered', (schedules, { name }) => schedules.trigger(name));

/** Also removes the file on this host, even when Temporal has lost the schedule. */
export const runRemove = steering('removeSchedule', 'removed', async (schedules, { name, stateDir }) => {
  const wasHere = lazy.jobs().removeSchedule(stateDir, name);
  await schedules.remove(name).catch((error: unknown) => {
    if (!wasHere || !isFerryError(error) || error.code !== 'SCHEDULE_UNKNOWN') throw error;
  });
});

/** A command that does one thing to the schedule that its argument names. */
function steering(action: HostAction, done: string, act: Act): CommandRun<Asked> {
  return async (environment, asked, [name = '']) => {
    const { io, output, flags } = environment;
    const settings = await readSettings(io, flags);
    await withClient(settings, io, async ({ schedules }) => {
      await act(schedules, { name, asked, stateDir: settings.stateDir });
      await keepOnRecord(environment, settings, { action, schedule: name }, asked);
    });
    output.document({ type: 'status', v: 1, schedule: name, done });
    output.answer(`${name} ${done}`);
    return EXIT.done;
  };
}
