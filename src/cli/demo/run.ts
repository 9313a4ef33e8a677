import type { CommandEnvironment } from '../shared/command';
import { actOne, actTwo } from './acts';
import { createPlay } from './play';
import { openStage, type Stage } from './stage';
import { formatDuration } from '../shared/output/durations';
import { EXIT, type ExitCode } from '../shared/exit-codes';

/**
 * The whole demo on this machine. Needs no configuration and leaves no files; exit 0 only when both ends prove success.
 */
export async function runDemo(environment: CommandEnvironment): Promise<ExitCode> {
  const { io, output } = environment;
  const { out } = output;
  const play = createPlay(environment);
  const startedMs = io.now();
  let stage: Stage | null = null;
  output.answer(out.strong('Bringing up Temporal, a sandbox of LivePerson and a worker'));
  try {
    stage = await openStage(environment, (notice) => play.say(out.dim(notice)));
    const { uiUrl } = stage.up.info;
    play.say(`ready after ${formatDuration(io.now() - startedMs)}; Temporal's own page: ${uiUrl}`);
    await actOne(environment, stage, play);
    await actTwo(environment, stage, play);
  } catch (error) {
    if (!io.interrupted.aborted) throw error;
  } finally {
    await stage?.close();
  }
  output.answer(`\nNothing is left running, and nothing on disk but Temporal's program in Ferry's cache.`);
  if (io.interrupted.aborted) return EXIT.interrupted;
  output.answer('Next: ferry up, and in another terminal ferry send FILE');
  return EXIT.done;
}
