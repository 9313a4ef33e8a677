import type { CommandEnvironment } from '../shared/command';
import { statusDocument } from '../shared/output/documents';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { readSettings, withClient } from '../shared/settings';
import { describeTransfer } from './describe';
import { tellHealth } from './health';

export async function runStatus(
  environment: CommandEnvironment,
  _options: object,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const [prefix] = words;
    if (prefix === undefined) return tellHealth(environment, client, settings);
    const status = await client.find(prefix);
    output.document(statusDocument(status));
    const { namespace } = settings.target;
    const ui =
      settings.up === null
        ? null
        : `${settings.up.uiUrl}/namespaces/${namespace}/workflows/${encodeURIComponent(status.transferId)}`;
    const lines = describeTransfer(status, { nowMs: io.now(), uiUrl: ui, style: output.out });
    output.answer(lines.join('\n'));
    return EXIT.done;
  });
}
