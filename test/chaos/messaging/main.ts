import { readOptions, USAGE, type MessagingOptions } from './options';
import { report } from './report';
import { runMessaging } from './run';

/** Resolves with the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  let options: MessagingOptions | 'help';
  try {
    options = readOptions(args);
  } catch (error) {
    process.stderr.write(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options === 'help') {
    process.stdout.write(USAGE);
    return 0;
  }
  const result = await runMessaging(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`\n${report(result)}`);
  return result.findings.length === 0 ? 0 : 1;
}
