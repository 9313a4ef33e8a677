import type { AccountConfig } from '../../config/types';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { usageError } from '../shared/output/output';
import { safe } from '../shared/output/text';
import { lazy } from '../shared/lazy';

/** Records the present content of the file as trusted, and prints what the file configures. */
export function runTrust(
  { io, output }: CommandEnvironment,
  _options: object,
  words: readonly string[],
): Promise<ExitCode> {
  const { pathFrom, trustFile } = lazy.config();
  const path = pathFrom(io.cwd, words[0] ?? 'ferry.toml', io.env);
  const config = trustFile(path, io.env);
  if (config === null) throw usageError(`There is no ${path}.`);
  output.document({ type: 'status', v: 1, config: path, trusted: true });
  output.answer(`${output.out.good('Trusted')} ${safe(path)}, until its content changes. It names:`);
  for (const account of Object.values(config.accounts)) output.answer(`  ${safe(lineOf(account))}`);
  return Promise.resolve(EXIT.done);
}

function lineOf({ name, domain, consumer, caFile }: AccountConfig): string {
  const program =
    'token' in consumer && 'command' in consumer.token ? `, runs ${consumer.token.command.join(' ')}` : '';
  const authority = caFile === null ? '' : `, trusts ${caFile}`;
  return `account ${name} at ${domain}${program}${authority}`;
}
