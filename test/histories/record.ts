/** Runs the scenarios against a real Temporal and keeps their histories. */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '../support/sdk-internals';
import { findOrFetchTemporal } from '../../src/engine';
import { testCacheDir } from '../support/temporal';
import { everythingWorks, openStage, type StandIns } from '../workflows/stand-ins';
import type { Scenarios } from './scenario';
import { SCENARIOS } from './scenarios';
import { withoutThisMachine } from './scrub';

/** So that the consumer's entity continues as new after a few updates, not after hundreds. */
const SUGGEST_CONTINUE_AS_NEW_AFTER = 60;

/** Writes `<scenario>.<label>.json` for each (or each named) scenario; an existing file is never written over. */
export async function record(label: string | undefined, only: readonly string[]): Promise<void> {
  if (label === undefined || !/^[\w.-]+$/.test(label)) throw new Error('Give a label, such as the version: 0.2');
  const names = only.length === 0 ? Object.keys(SCENARIOS) : only;
  const fileOf = (name: string): string => join(__dirname, `${name}.${label}.json`);
  const taken = names.filter((name) => SCENARIOS[name] === undefined || existsSync(fileOf(name)));
  if (taken.length > 0) throw new Error(`Unknown, or recorded already under this label: ${taken.join(', ')}`);
  const directory = await mkdtemp(join(tmpdir(), 'ferry-record-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  try {
    process.env['TEMPORAL_CLI_PATH'] = await eagerServer(directory);
    const stage = await openStage();
    try {
      await stage.play(actedBy(SCENARIOS), () =>
        Promise.all(
          names.map(async (name) => {
            const text = await historyOf(await SCENARIOS[name]!.run(stage, name));
            await writeFile(fileOf(name), text);
            process.stdout.write(`${name}\n`);
          }),
        ),
      );
    } finally {
      await stage.close();
    }
    execFileSync('npx', ['prettier', '--log-level', 'warn', '--write', ...names.map(fileOf)], { stdio: 'inherit' });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The server's program with one more setting than Ferry's own. */
async function eagerServer(directory: string): Promise<string> {
  const { path } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const wrapper = join(directory, 'temporal');
  const setting = `limit.historyCount.suggestContinueAsNew=${SUGGEST_CONTINUE_AS_NEW_AFTER}`;
  await writeFile(
    wrapper,
    `#!/bin/sh\n[ "$1" = server ] && exec '${path}' "$@" --dynamic-config-value ${setting}\nexec '${path}' "$@"\n`,
  );
  await chmod(wrapper, 0o755);
  return wrapper;
}

/**
 * All scenarios share one worker: each acts as its own consumer, by whose name its activities are found. A job has the
 * name as id, notices have it as destination, a launcher as schedule.
 */
function actedBy(scenarios: Scenarios): Partial<StandIns> {
  interface Input {
    readonly consumer?: string;
    readonly page?: { readonly consumer: string };
    readonly jobId?: string;
    readonly destination?: string;
    readonly schedule?: string;
  }
  type Act = (input: Input) => Promise<unknown>;
  const acts = Object.entries(everythingWorks as unknown as Record<string, Act>).map(([name, usual]): [string, Act] => [
    name,
    (input) => {
      const { consumer, page, jobId, destination, schedule } = input;
      const scenario = scenarios[consumer ?? page?.consumer ?? jobId ?? destination ?? schedule ?? ''];
      const own = scenario?.activities as Record<string, Act> | undefined;
      return (own?.[name] ?? usual)(input);
    },
  ]);
  return Object.fromEntries(acts);
}

async function historyOf(handle: WorkflowHandle): Promise<string> {
  const history = await handle.fetchHistory();
  const text = withoutThisMachine(historyToJSON(history));
  const traces = [hostname(), homedir(), tmpdir(), process.cwd()].filter((trace) => trace.length > 2);
  const found = traces.find((trace) => text.includes(trace));
  if (found !== undefined) throw new Error(`The history of ${handle.workflowId} speaks of this machine: ${found}`);
  return text;
}
