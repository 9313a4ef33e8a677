import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { readSettings, withClient } from '../../shared/settings';
import { describeJob } from '../shared/describe';
import { jobDocument } from '../shared/document';

export async function runJobStatus(
  { io, output, flags }: CommandEnvironment,
  _options: object,
  [prefix = '']: readonly string[],
): Promise<ExitCode> {
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async ({ jobs }) => {
    const status = await jobs.status(await jobs.resolveId(prefix));
    output.document(jobDocument(status));
    output.answer(describeJob(status, flags, io.now(), output.out).join('\n'));
    return EXIT.done;
  });
}
