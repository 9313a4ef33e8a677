import { basename, isAbsolute, join } from 'node:path';
import { askedOf, type Asked } from '../../contract';
import { defined } from '../../lib/defined';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { usageError } from '../shared/output/output';
import { accountOf, readSettings, withClient } from '../shared/settings';
import { safe } from '../shared/output/text';
import { followOne } from '../shared/follow/follow-one';
import { destination } from '../shared/output/destination';
import { statusDocument } from '../shared/output/documents';

export interface FetchOptions extends Asked {
  readonly to?: string;
  readonly account?: string;
  readonly consumer?: string;
  readonly host?: string;
  readonly detach?: boolean;
  readonly deadline?: number;
  readonly timeout?: number;
}

/** Runs only the last two steps: requests a download link and fetches the file. */
export async function runFetch(
  environment: CommandEnvironment,
  options: FetchOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const startedMs = io.now();
  const what = words[0] ?? '';
  if (options.to === undefined) throw usageError('Say where to with --to PATH (a file, or an existing directory).');
  const byPath = what.startsWith('/');
  if (byPath && !/^\/v1\/[^/]/.test(what)) {
    throw usageError(`${what} is not a path in LivePerson's storage: such a path begins with /v1/ and a name.`);
  }
  const settings = await readSettings(io, flags);
  const account = byPath || options.account !== undefined ? accountOf(settings, options.account) : null;
  if (account !== null) output.note(destination(account, options.consumer).replace(/^to /, 'from '));
  const { host, deadline, timeout } = options;
  // Not resolved, because a trailing slash means a directory.
  const local = host === undefined || host === settings.hostId;
  const to = !local || isAbsolute(options.to) ? options.to : join(io.cwd, options.to);
  return withClient(settings, io, async (client) => {
    const started = await client.fetch({
      what,
      to,
      urgency: options.detach === true ? 'many' : 'followed',
      ...(account === null ? {} : { account: account.name, consumer: options.consumer ?? account.consumer.name }),
      ...(local ? {} : { host }),
      ...defined({ deadlineMs: deadline }),
      ...askedOf(options),
    });
    const status = await client.status(started.transferId);
    if (options.detach === true) {
      output.document(statusDocument(status));
      output.answer(`fetch started  ${started.transferId}`);
      return EXIT.done;
    }
    // People know the file of a transfer, and not its relativePath in storage.
    const source = byPath ? status.source : (await client.find(what)).source;
    const label = safe(basename(source));
    const item = { ...started, label, source, host: host ?? settings.hostId, repeated: false };
    return followOne(environment, client, item, {
      printEvents: false,
      ...(timeout === undefined ? {} : { untilMs: startedMs + timeout, timeoutMs: timeout }),
    });
  });
}
