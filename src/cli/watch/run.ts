import { basename } from 'node:path';
import type { CommandEnvironment } from '../shared/command';
import type { ExitCode } from '../shared/exit-codes';
import { followOne } from '../shared/follow/follow-one';
import { safe } from '../shared/output/text';
import { readSettings, withClient } from '../shared/settings';

export interface WatchOptions {
  readonly timeout?: number;
}

export async function runWatch(
  environment: CommandEnvironment,
  options: WatchOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const startedMs = io.now();
  const settings = await readSettings(io, flags);
  return withClient(settings, io, async (client) => {
    const { transferId, source } = await client.find(words[0] ?? '');
    const label = safe(basename(source) || source);
    const item = { transferId, label, source, host: settings.hostId, repeated: false };
    return followOne(environment, client, item, {
      printEvents: true,
      ...(options.timeout === undefined ? {} : { untilMs: startedMs + options.timeout, timeoutMs: options.timeout }),
    });
  });
}
