import { fork, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { createServer, request, type IncomingMessage } from 'node:http';
import { join } from 'node:path';

import { startSandbox } from '..';
import { startTimeOf } from '../state-lock';
import { compileSandbox } from './support/compiled';
import { eventually, rawConnection, rawHead, send } from './support/http';
import { atCleanUp, cleanUp, ownDirectory, sandbox, talkTo } from './support/sandbox';

const compiled = compileSandbox();

afterEach(cleanUp);
afterAll(() => compiled.remove());

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  readonly port: number;
}

async function forked(stateDir: string, ...args: string[]): Promise<Running> {
  const child = fork(compiled.main, ['--port', '0', '--state', stateDir, ...args], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  endAtCleanUp(child);
  const [message] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [unknown];
  expect(message).toEqual({
    type: 'ready',
    url: expect.stringMatching(/^http:\/\/127/),
    port: expect.any(Number),
    caFile: null,
  });
  return { child, ...(message as { url: string; port: number }) };
}

function endAtCleanUp(child: ChildProcess): void {
  atCleanUp(async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
  });
}

/** Runs to its end; for starts that are refused. */
async function outcome(args: string[], env: NodeJS.ProcessEnv = {}): Promise<{ code: number | null; stderr: string }> {
  const child = spawn(process.execPath, [compiled.main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  });
  endAtCleanUp(child);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

const keyOf = async (stateDir: string) => (await readFile(join(stateDir, 'temp-url.key'), 'utf8')).trim();

test('objects, their metadata and deletions survive kill -9, and signed URLs with them', async () => {
  const stateDir = await ownDirectory();
  const first = await forked(stateDir);
  const before = talkTo(first.url, await keyOf(stateDir));
  const puts = Array.from({ length: 30 }, (_, number) =>
    before.ask('PUT', `object-${number}`, {
      body: `bytes of ${number}`,
      headers: { 'Content-Type': `text/x-${number}` },
    }),
  );
  expect((await Promise.all(puts)).every(({ status }) => status === 201)).toBe(true);
  await before.ask('DELETE', 'object-0');
  const hanging = await rawConnection(first.url);
  hanging.write(`${rawHead('PUT', before.link('PUT', 'unfinished'), { 'Content-Length': 100 })}abc`);
  await eventually(async () => (await before.page('requests')).some((each) => each['bytesIn'] === 3));
  const listed = await before.page('objects');
  const link = before.link('GET', 'object-7');
  first.child.kill('SIGKILL');
  await once(first.child, 'exit');

  const second = await forked(stateDir, '--url-life', '5');
  const after = talkTo(second.url, await keyOf(stateDir));
  expect(await after.page('objects')).toEqual(listed);
  expect(listed).toHaveLength(29);
  const fetched = await send('GET', link.replace(first.url, second.url));
  expect(fetched).toMatchObject({ status: 200, text: 'bytes of 7' });
  expect(fetched.headers['content-type']).toBe('text/x-7');
  expect((await after.ask('HEAD', 'object-0')).status).toBe(404);
  expect((await after.ask('HEAD', 'unfinished')).status).toBe(404);
});

test('every PUT that was answered before kill -9 is there afterwards, whenever the kill comes', async () => {
  const stateDir = await ownDirectory();
  const acknowledged: string[] = [];
  for (const round of [1, 2, 3]) {
    const running = await forked(stateDir);
    const own = talkTo(running.url, await keyOf(stateDir));
    const writers = Array.from({ length: 8 }, async (_, writer) => {
      for (let number = 0; ; number += 1) {
        const name = `${round}-${writer}-${number}`;
        if ((await own.ask('PUT', name, { body: name })).status !== 201) return;
        acknowledged.push(name);
      }
    });
    const enough = acknowledged.length + 20 * round;
    await eventually(() => acknowledged.length >= enough);
    running.child.kill('SIGKILL');
    await Promise.all(writers);
  }
  const own = await sandbox({ stateDir });
  const listed = new Set((await own.page('objects')).map((object) => String(object['relativePath']).split('/').at(-1)));
  expect(acknowledged.filter((name) => !listed.has(name))).toEqual([]);
  for (const name of acknowledged.slice(-10)) expect((await own.ask('GET', name)).text).toBe(name);
});

test('the process ends when its channel closes, and in order on SIGTERM and SIGINT', async () => {
  for (const end of ['disconnect', 'SIGTERM', 'SIGINT'] as const) {
    const { child, url } = await forked(await ownDirectory());
    const connection = await rawConnection(url);
    if (end === 'disconnect') child.disconnect();
    else child.kill(end);
    expect(await once(child, 'exit')).toEqual([0, null]);
    await connection.closed;
  }
});

test('a state directory in use is refused to every process, and is free again after kill -9', async () => {
  const stateDir = await ownDirectory();
  const { child } = await forked(stateDir);
  const refusal = `The state directory ${stateDir} is in use by another sandbox (process ${child.pid}).`;
  await expect(startSandbox({ port: 0, stateDir })).rejects.toThrow(refusal);
  const refused = await outcome(['--port', '0', '--state', stateDir]);
  expect(refused).toEqual({ code: 2, stderr: `sandbox: ${refusal}\n` });
  child.kill('SIGKILL');
  await once(child, 'exit');
  const own = await startSandbox({ port: 0, stateDir });
  await expect(startSandbox({ port: 0, stateDir })).rejects.toThrow(/is in use/);
  await own.close();
  await (await startSandbox({ port: 0, stateDir })).close();
});

test('of many that start at once on one state directory at most one goes on, and then one can', async () => {
  const stateDir = await ownDirectory();
  const ends = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const child = fork(compiled.main, ['--port', '0', '--state', stateDir], {
        stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
      });
      endAtCleanUp(child);
      const ready = once(child, 'message').then(([said]) => (said as { readonly type: string }).type);
      const ended = once(child, 'exit').then(([code]) => `exit ${code}`);
      const end = await Promise.race([ready, ended]);
      return { child, end };
    }),
  );
  const going = ends.filter(({ end }) => end === 'ready');
  expect(going.length).toBeLessThanOrEqual(1);
  for (const { child } of going) {
    child.disconnect();
    await once(child, 'exit');
  }
  await forked(stateDir);
});

test('a lock left by a process whose id was given to another one does not count', async () => {
  const stateDir = await ownDirectory();
  const own = await startSandbox({ port: 0, stateDir });
  await own.close();
  const startTime = await startTimeOf(process.ppid);
  expect(startTime).not.toBeNull();
  await writeFile(join(stateDir, 'lock', `${process.ppid}-${Number(startTime) + 1}`), '');
  const again = await startSandbox({ port: 0, stateDir });
  await again.close();
  await writeFile(join(stateDir, 'lock', `${process.ppid}-${startTime}`), '');
  await expect(startSandbox({ port: 0, stateDir })).rejects.toThrow(`(process ${process.ppid})`);
});

test('a busy port is refused with a sentence, and the state directory is free again', async () => {
  const busy = createServer();
  busy.listen(0, '127.0.0.1');
  await once(busy, 'listening');
  atCleanUp(() => new Promise((resolve) => busy.close(() => resolve())));
  const { port } = busy.address() as { port: number };
  const stateDir = await ownDirectory();
  await expect(startSandbox({ port, stateDir })).rejects.toThrow(
    `Port ${port} on 127.0.0.1 is in use by another program.`,
  );
  await (await startSandbox({ port: 0, stateDir })).close();
});

test('the key is made once and readable by its owner alone', async () => {
  const stateDir = await ownDirectory();
  const first = await sandbox({ stateDir });
  await first.close();
  const second = await sandbox({ stateDir });
  expect(second.key).toBe(first.key);
  expect(first.key).toMatch(/^[\da-f]{64}$/);
  expect((await stat(join(stateDir, 'temp-url.key'))).mode & 0o777).toBe(0o600);
});

test.each([
  [['--port', '0'], 'Give the state directory with --state DIR.'],
  [['--state', 'x', '--port', '70000'], '--port takes a whole number from 0 to 65535, not "70000".'],
  [['--state', 'x', '--url-life', '0'], '--url-life takes seconds above 0, at most 31536000, not "0".'],
  [
    ['--state', 'x', '--swift', 'http://127.0.0.1:1'],
    '--swift needs a key: give --swift-key-file FILE or set FERRY_SWIFT_KEY.',
  ],
  [['--state', 'x', '--swift-key-file', 'y'], '--swift-key-file goes with --swift URL.'],
])('the arguments %j are refused: %s', async (args, sentence) => {
  expect(await outcome(args, { FERRY_SWIFT_KEY: '' })).toEqual({ code: 2, stderr: `sandbox: ${sentence}\n` });
});

test('an object far larger than memory allows for goes in and out with flat memory', async () => {
  const stateDir = await ownDirectory();
  const { child, url } = await forked(stateDir);
  const own = talkTo(url, await keyOf(stateDir));
  const blocks = 256;
  const residentMiB = async (): Promise<number> =>
    Number(/VmRSS:\s+(\d+)/.exec(await readFile(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024;
  const before = await residentMiB();
  expect(await putBlocks(own.link('PUT', 'big'), blocks)).toBe(201);
  const afterPut = await residentMiB();
  expect(await countBytes(own.link('GET', 'big'))).toBe(blocks << 20);
  const afterGet = await residentMiB();
  // What is read and thrown away in pieces is collected late, hence the room; the object alone would be 256.
  expect(Math.max(afterPut, afterGet) - before).toBeLessThan(128);
});

async function putBlocks(link: string, blocks: number): Promise<number | undefined> {
  const block = Buffer.alloc(1 << 20, 'ferry');
  const put = request(link, { method: 'PUT', agent: false });
  const answered = once(put, 'response') as Promise<[IncomingMessage]>;
  for (let count = 0; count < blocks; count += 1) {
    if (!put.write(block)) await once(put, 'drain');
  }
  put.end();
  const [response] = await answered;
  response.resume();
  return response.statusCode;
}

async function countBytes(link: string): Promise<number> {
  const get = request(link, { agent: false });
  get.end();
  const [response] = (await once(get, 'response')) as [IncomingMessage];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) bytes += chunk.length;
  return bytes;
}
