import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GIVEN_TEMPORAL } from '../support/given-temporal';
import type { Cluster } from './cluster';
import type { DrillOptions, DrillResult } from './drills';

/**
 * Suites of `test/end-to-end`. Left out are those about `ferry up`, the embedded server and its database or web page
 * (foreign-page, older-database, other-user, secrets, strangers); those that need their Temporal to be away (schedules,
 * temporal-away), as the drill `chaos` has it; and `rotated-certificate`, which puts certificates before a Temporal
 * without, while the drill `certificates` renews those of the cluster.
 */
export const SUITES = [
  'clocks',
  'clocks-of-hosts',
  'closed-conversation',
  'frozen-worker',
  'jobs',
  'key-rotation',
  'keys-command',
  'limits',
  'lost-host',
  'outages',
  'restarts',
  'send',
  'slow-workflow',
  'two-workers',
] as const;

export function isSuite(name: string): name is (typeof SUITES)[number] {
  return (SUITES as readonly string[]).includes(name);
}

const ROOT = join(__dirname, '../..');

/** What is read of the results that jest writes. */
interface SuiteResult {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly testResults: readonly { readonly message: string }[];
}

/** Suites of `test/end-to-end`, each site in a namespace of its own. */
export async function endToEnd(
  cluster: Cluster,
  say: (line: string) => void,
  { suites }: DrillOptions,
): Promise<DrillResult> {
  const rows: [string, string][] = [];
  let wentWell = true;
  for (const suite of suites) {
    const begun = performance.now();
    const result = await runSuite(suite, cluster);
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    const { numPassedTests: passed, numFailedTests: failed, numPendingTests: skipped, testResults } = result;
    if (failed > 0 || passed === 0) {
      wentWell = false;
      for (const { message } of testResults) say(message);
    }
    rows.push([suite, `${passed} passed, ${failed} failed, ${skipped} left out, ${seconds} s`]);
    say(rows.at(-1)?.join(': ') ?? '');
  }
  return { wentWell, rows };
}

async function runSuite(suite: string, { env, logs }: Cluster): Promise<SuiteResult> {
  const results = join(logs, `${suite}.json`);
  const args = ['--runInBand', '--json', `--outputFile=${results}`, join('test/end-to-end', `${suite}.test.ts`)];
  const jest = spawn(process.execPath, [join(ROOT, 'node_modules/jest/bin/jest.js'), ...args], {
    cwd: ROOT,
    env: { ...process.env, ...env, [GIVEN_TEMPORAL]: '1' },
    stdio: 'ignore',
  });
  const killAtExit = (): void => void jest.kill('SIGKILL');
  process.once('exit', killAtExit);
  await new Promise((resolve) => {
    jest.once('close', resolve);
  });
  process.off('exit', killAtExit);
  return JSON.parse(await readFile(results, 'utf8')) as SuiteResult;
}
