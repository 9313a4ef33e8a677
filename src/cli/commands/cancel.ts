import type { CommandEnvironment } from '../command';
import { statusDocument } from '../documents';
import { EXIT, type ExitCode } from '../exit-codes';
import { readSettings, withClient } from '../settings';
import { publishedWords } from '../status/describe';

/** Asks a transfer to stop. Durable at once; it takes effect when a worker serves it. */
export async function runCancel(
  environment: CommandEnvironment,
  _options: object,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const transferId = await client.resolveId(words[0] ?? '');
    await client.cancel(transferId);
    const status = await client.status(transferId);
    output.document(statusDocument(status));
    const ended = status.state === 'cancelled' ? 'Cancelled' : 'Asked to cancel';
    output.answer(`${ended} ${transferId}: ${publishedWords(status)}.`);
    return EXIT.done;
  });
}
