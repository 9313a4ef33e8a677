import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { historyFromJSON } from '../support/sdk-internals';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { historyFiles } from './frozen-list';
import { SCENARIOS } from './scenarios';

/** Histories of real runs, as docs/changing-workflows.md tells; each must still be what the workflow code does. */
const files = historyFiles();

function read(name: string, change = (text: string): string => text) {
  const json = JSON.parse(change(readFileSync(join(__dirname, name), 'utf8'))) as {
    readonly events: readonly { readonly workflowExecutionStartedEventAttributes?: { readonly workflowId?: string } }[];
  };
  const workflowId = json.events[0]?.workflowExecutionStartedEventAttributes?.workflowId ?? name;
  return { workflowId, history: historyFromJSON(json) };
}

let workflowBundle: WorkflowBundleWithSourceMap;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await bundleWorkflowCode({
    workflowsPath: require.resolve('../../src/workflows/index.ts'),
    workflowInterceptorModules: [require.resolve('../../src/workflows/no-empty-tasks.ts')],
    logger: new DefaultLogger('ERROR'),
  });
});

test('The workflows do on every recorded history what they did when it was recorded.', async () => {
  const broken: string[] = [];
  let replayed = 0;
  const results = Worker.runReplayHistories({ workflowBundle }, files.map((name) => read(name)));
  for await (const { error } of results) {
    if (error !== undefined) broken.push(`${files[replayed]}: ${error.message}`);
    replayed += 1;
  }
  expect(broken).toEqual([]);
  expect(replayed).toBe(files.length);
});

test('A history that the workflows would not have made is noticed.', async () => {
  const name = files.find((file) => file.startsWith('done.'))!;
  const { history } = read(name, (text) => text.replace('"name": "enable"', '"name": "something-else"'));
  await expect(Worker.runReplayHistory({ workflowBundle }, history)).rejects.toThrow('nondeterminism');
});

test('The corpus has every path that a workflow can take, and speaks of no machine.', () => {
  const paths = new Set(files.map((name) => name.replace(/\..*$/, '')));
  expect([...paths].sort()).toEqual(Object.keys(SCENARIOS).sort());
  for (const name of files) {
    const text = readFileSync(join(__dirname, name), 'utf8');
    expect(text).not.toMatch(/"stackTrace": "[^"]|\/home\/|\/tmp\/|\/work\/|node_modules/);
    const identities = [...text.matchAll(/"identity": "([^"]*)"/g)].map(([, identity]) => identity);
    expect(new Set(identities)).toEqual(new Set(['recorded']));
  }
});
