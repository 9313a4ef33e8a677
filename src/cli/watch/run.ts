import { basename } from 'node:path';
import { isFerryError } from '../../errors';
import type { CommandEnvironment } from '../shared/command';
import type { ExitCode } from '../shared/exit-codes';
import { followOne } from '../shared/follow/follow-one';
import { tellOutcome } from '../shared/follow/results';
import { ledgerWords, receiptInLedger, statusByReceipt } from '../shared/from-ledger';
import { safe, textWidth } from '../shared/output/text';
import { readSettings, withClient } from '../shared/settings';

export interface WatchOptions {
  readonly timeout?: number;
}

export async function runWatch(
  environment: CommandEnvironment,
  options: WatchOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const startedMs = io.now();
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const id = words[0] ?? '';
    const found = await client.find(id).catch(async (error: unknown) => {
      const receipt =
        isFerryError(error) && error.code === 'TRANSFER_UNKNOWN' ? await receiptInLedger(settings, id) : null;
      if (receipt === null) throw error;
      return statusByReceipt(receipt);
    });
    const { transferId, source, receipt, from } = found;
    const label = safe(basename(source) || source);
    const item = { transferId, label, source, host: settings.hostId, repeated: false };
    if (from === 'ledger') {
      output.note(ledgerWords(settings));
      return tellOutcome(environment, item, { state: 'done', receipt, error: null }, { widest: textWidth(label) });
    }
    return followOne(environment, client, item, {
      printEvents: true,
      ...(options.timeout === undefined ? {} : { untilMs: startedMs + options.timeout, timeoutMs: options.timeout }),
    });
  });
}
