import { ApplicationFailure, CancellationScope, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import { COMMAND, type Command, type CommandAnswer, type CommandName } from '../contract';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

/** Lets people steer this workflow's one transfer. To be called before its first await. */
export function acceptCommands(steering: Steering, view: ViewKeeper): void {
  const transferScope = CancellationScope.current();
  const refusal = (name: CommandName, command: Command): string | null =>
    transferScope.consideredCancelled ? 'The transfer is being cancelled.' : steering.refusal(name, command);
  for (const name of Object.values(COMMAND)) {
    setHandler(
      defineUpdate<CommandAnswer, [unknown]>(name),
      (given) => {
        steering.apply(name, read(given));
        return { state: view.now.state, step: view.now.step };
      },
      {
        validator(given) {
          const why = refusal(name, read(given));
          if (why !== null) throw ApplicationFailure.nonRetryable(why, 'COMMAND_IMPOSSIBLE');
        },
      },
    );
    setHandler(defineSignal<[unknown]>(name), (given) => {
      const command = read(given);
      if (refusal(name, command) === null) steering.apply(name, command);
    });
  }
}

/** Tolerant: a signal may come from Temporal's own tools, and an error here would stop the workflow for ever. */
function read(given: unknown): Command {
  const { commandId, host } = (typeof given === 'object' && given !== null ? given : {}) as Partial<Command>;
  return {
    commandId: typeof commandId === 'string' ? commandId : '',
    ...(typeof host === 'string' && host !== '' ? { host } : {}),
  };
}
