import { main as job } from '../job/main';
import { main as messaging } from '../messaging/main';
import { runCommand } from './command';
import { readOptions, USAGE } from './options';
import { report } from './report';
import { runChaos } from './run';

const storm = (args: readonly string[]): Promise<number> =>
  runCommand({ usage: USAGE, readOptions, run: runChaos, report }, args);

const [first, ...rest] = process.argv.slice(2);
const modes: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = { job, messaging };
const running = modes[first ?? '']?.(rest) ?? storm(process.argv.slice(2));
running.then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`The run itself failed: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  },
);
