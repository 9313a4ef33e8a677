import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { lazy } from '../shared/lazy';
import { safe } from '../shared/output/text';
import { upStateDir } from '../shared/settings';

const WORDS = {
  stopped: (stateDir: string) => `Stopped what ran on ${stateDir}. Transfers go on at the next ferry up.`,
  'leftovers-ended': (stateDir: string) =>
    `The ferry up on ${stateDir} was gone already; what it had left running was ended.`,
  'not-running': (stateDir: string) => `Nothing runs on the state directory ${stateDir}.`,
} as const;

export async function runDown({ io, output, flags }: CommandEnvironment): Promise<ExitCode> {
  const { stopUp } = lazy.supervisor();
  const stateDir = upStateDir(io, flags);
  const result = await stopUp(stateDir);
  output.document({ type: 'status', v: 1, stateDir, result });
  output.answer(safe(WORDS[result](stateDir)));
  return EXIT.done;
}
