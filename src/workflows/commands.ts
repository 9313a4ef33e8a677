import { ApplicationFailure, CancellationScope, defineSignal, defineUpdate, setHandler } from '@temporalio/workflow';
import {
  CANCEL_NOTE,
  COMMAND,
  isAddressedTo,
  askedOf,
  type Command,
  type CommandAnswer,
  type CommandName,
} from '../contract';
import { checkAddressed } from './inputs';
import type { CommandRecord } from './record';
import type { Steering } from './steering';
import type { ViewKeeper } from './view';

const FOREIGN_COMMAND =
  'A command was dropped that did not come from this Ferry: somebody else can reach its Temporal. See docs/security.md.';

/** Accepts the commands of people for this workflow's transfer. Call it before the workflow's first await. */
export function acceptCommands(steering: Steering, view: ViewKeeper, record: CommandRecord): void {
  const transferScope = CancellationScope.current();
  const refusal = (name: CommandName, command: Command): string | null =>
    transferScope.consideredCancelled ? 'The transfer is being cancelled.' : steering.refusal(name, command);
  let dropped = 0;
  const dropForeign = (): void => {
    dropped += 1;
    view.set({ droppedCommands: dropped });
    view.note(FOREIGN_COMMAND);
  };
  for (const name of Object.values(COMMAND)) {
    setHandler(
      defineUpdate<CommandAnswer, [unknown]>(name),
      (given) => {
        const command = read(given);
        steering.apply(name, command);
        record.note(name, command);
        return { state: view.now.state, step: view.now.step };
      },
      {
        validator(given) {
          checkAddressed(name, given);
          const why = refusal(name, read(given));
          if (why !== null) throw ApplicationFailure.nonRetryable(why, 'COMMAND_IMPOSSIBLE');
        },
      },
    );
    setHandler(defineSignal<[unknown]>(name), (given) => {
      if (!isAddressedTo(name, given)) return dropForeign();
      const command = read(given);
      if (refusal(name, command) !== null) return;
      steering.apply(name, command);
      record.note(name, command);
    });
  }
  setHandler(defineSignal<[unknown]>(CANCEL_NOTE), (given) => {
    if (isAddressedTo(CANCEL_NOTE, given)) record.note('cancel', read(given));
    else dropForeign();
  });
}

/** Accepts any input, because an error here would stop the workflow forever. */
function read(given: unknown): Command {
  const fields = (typeof given === 'object' && given !== null ? given : {}) as Partial<Command>;
  const { commandId, host } = fields;
  return {
    commandId: typeof commandId === 'string' ? commandId : '',
    ...(typeof host === 'string' && host !== '' ? { host } : {}),
    ...askedOf(fields),
  };
}
