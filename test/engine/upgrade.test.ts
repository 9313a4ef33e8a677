import { spawn } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { findOrFetchTemporal, startTemporal } from '../../src/engine';
import { temporalArguments } from '../../src/engine/temporal-flags';
import { freePort } from '../../src/engine/ports';
import { CLEAR_NAMESPACE, EMBEDDED_NAMESPACE, SEARCH_ATTRIBUTES } from '../../src/contract';
import { testCacheDir } from '../support/temporal';
import { waitFor } from '../support/wait-for';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-upgrade-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

test('On a database of an earlier version the new namespace is whole, and what is left in the old one is said', async () => {
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const dbFile = join(root, 'temporal.db');
  const port = await freePort();
  const old = temporalArguments({ dbFile, port, uiPort: null }).map((word) =>
    word === EMBEDDED_NAMESPACE ? CLEAR_NAMESPACE : word,
  );
  const log = openSync(join(root, 'old.log'), 'a');
  const child = spawn(binary, old, { stdio: ['ignore', log, log] });
  const ended = new Promise((done) => {
    child.once('exit', done);
  });
  try {
    const connection = await waitFor(
      () => Connection.connect({ address: `127.0.0.1:${port}`, connectTimeout: 500 }).catch(() => undefined),
      30_000,
    );
    const client = new Client({ connection, namespace: CLEAR_NAMESPACE });
    const start = (type: string) => client.workflow.start(type, { workflowId: type, taskQueue: 'nobody' });
    await waitFor(() => start('transfer').catch(() => undefined));
    await start('consumer');
    await waitFor(async () =>
      (await client.workflow.count("WorkflowType = 'transfer'")).count === 1 ? true : undefined,
    );
    await connection.close();
  } finally {
    child.kill('SIGTERM');
    await ended;
  }

  const notices: string[] = [];
  const onNotice = (sentence: string): void => void notices.push(sentence);
  const server = await startTemporal({ binary, dbFile, port: 0, uiPort: null, logFile: join(root, 'log'), onNotice });
  try {
    expect(notices).toEqual([expect.stringContaining('left 1 transfer under way in the namespace ferry.')]);
    const connection = await Connection.connect({ address: server.address });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: EMBEDDED_NAMESPACE,
    });
    expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(Object.values(SEARCH_ATTRIBUTES)));
    await connection.close();
  } finally {
    await server.stop();
  }
}, 90_000);
