import { main as messaging } from '../messaging/main';
import { readOptions, USAGE, type ChaosOptions } from './options';
import { report } from './report';
import { runChaos } from './run';

async function storm(args: readonly string[]): Promise<number> {
  let options: ChaosOptions | 'help';
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
  const result = await runChaos(options, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(`\n${report(result)}`);
  return result.findings.length === 0 ? 0 : 1;
}

const [first, ...rest] = process.argv.slice(2);
const running = first === 'messaging' ? messaging(rest) : storm(process.argv.slice(2));
running.then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`The run itself failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
