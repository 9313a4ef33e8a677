import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { lazy } from '../shared/lazy';
import { upStateDir } from '../shared/settings';

const WORDS = {
  stopped: 'Stopped. Transfers go on at the next ferry up.',
  'leftovers-ended': 'ferry up was gone already; what it had left running was ended.',
  'not-running': 'Nothing runs on this state directory.',
} as const;

export async function runDown({ io, output, flags }: CommandEnvironment): Promise<ExitCode> {
  const { stopUp } = lazy.supervisor();
  const stateDir = upStateDir(io, flags);
  const result = await stopUp(stateDir);
  output.document({ type: 'status', v: 1, stateDir, result });
  output.answer(WORDS[result]);
  return EXIT.done;
}
