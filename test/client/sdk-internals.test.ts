import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WorkflowClient } from '@temporalio/client';
import { historyFromJSON, historyToJSON } from '../support/sdk-internals';
import { getActivator } from '../support/sdk-workflow-internals';

const ROOT = join(__dirname, '../..');

/** The version of the SDK against which the internals were read. */
const READ_VERSION = '1.24.0';

test('The SDK is the version whose internals were read: after an upgrade read them again, then change this number', () => {
  for (const name of ['client', 'common', 'worker', 'workflow']) {
    const text = readFileSync(join(ROOT, 'node_modules/@temporalio', name, 'package.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({ version: READ_VERSION });
  }
});

test('The internals are there and do what Ferry expects of them', () => {
  expect(WorkflowClient.prototype).toHaveProperty('createStartWorkflowRequest');
  expect(getActivator).toEqual(expect.any(Function));
  expect(historyToJSON(historyFromJSON({ events: [] }))).toBe('{}');
});

test('The internals of the SDK are imported in two files, for tests alone', () => {
  const files = ['src', 'test', 'sandbox'].flatMap((room) =>
    readdirSync(join(ROOT, room), { recursive: true, encoding: 'utf8' }).map((name) => join(room, name)),
  );
  const deep = /(?:from|import\(|require\()\s*'@temporalio\/[a-z]+\/(?:lib|src)\//;
  const importing = files.filter(
    (name) => /\.[cm]?[jt]s$/.test(name) && deep.test(readFileSync(join(ROOT, name), 'utf8')),
  );
  expect(importing.toSorted()).toEqual(['test/support/sdk-internals.ts', 'test/support/sdk-workflow-internals.ts']);
});
