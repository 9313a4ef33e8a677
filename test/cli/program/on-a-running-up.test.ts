/** The built command line as a process, on a real Temporal with sandbox and worker: what scripts and people rely on. */
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { drawFerry, encodePng } from '../../../src/cli/demo/picture';
import { openMachine, type Machine, type Up } from '../../end-to-end/machine';
import { waitFor } from '../../support/wait-for';

const MAIN = join(__dirname, '../../../dist/cli/main.js');

describe('the command line on a running ferry up', () => {
  let machine: Machine;
  let up: Up;
  const file = (name: string): string => join(machine.directory, name);

  beforeAll(async () => {
    machine = await openMachine();
    up = await machine.up();
    for (const name of ['a.png', 'c.png']) {
      writeFileSync(file(name), encodePng(drawFerry(60 + name.charCodeAt(0), 40)));
    }
  }, 120_000);
  afterAll(async () => {
    await machine?.close();
  });

  test('says where to, and at a repeated send what was sent before', async () => {
    const first = await machine.ferry(['send', 'a.png']);
    expect(first.code).toBe(0);
    expect(first.stderr).toMatch(/^to sandbox \(practice: nothing leaves this machine\)\n/);
    expect(first.stdout).toMatch(/^a\.png +done +message \d+ · .* · [\d.]+ s +sandbox-[0-9a-z]{10}\n$/);
    const second = await machine.ferry(['send', 'a.png']);
    expect(second.code).toBe(0);
    expect(second.stdout).toMatch(
      /^a\.png +already sent \d\d:\d\d \(message \d+, conversation [0-9a-f]{8}…\), not sent again; --again sends another\n$/,
    );
  });

  test('the receipt of a send is kept in the state directory, once, however often it is sent again', async () => {
    copyFileSync(file('a.png'), file('kept.png'));
    const { documents } = await machine.ferry(['send', 'kept.png', '--json']);
    await machine.ferry(['send', 'kept.png']);
    const [receipt] = documents;
    const month = String(receipt?.['finishedAt']).slice(0, 7);
    const lines = readFileSync(join(machine.stateDir, 'receipts', `${month}.jsonl`), 'utf8')
      .trim()
      .split('\n');
    const kept = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(kept.filter(({ transferId }) => transferId === receipt?.['transferId'])).toEqual([
      {
        ...receipt,
        runId: expect.any(String),
        sendKey: receipt?.['transferId'],
        chain: expect.any(Object),
        mac: expect.any(String),
      },
    ]);
  });

  test('a repeated send with another --fetch-to fetches the file there and sends nothing', async () => {
    await machine.ferry(['send', 'c.png']);
    const messages = (await up.page('messages')).length;
    const { code, documents } = await machine.ferry(['send', 'c.png', '--fetch-to', 'elsewhere', '--json']);
    expect(code).toBe(0);
    expect(documents[0]).toMatchObject({ repeated: true, fetchedTo: file('elsewhere/c.png') });
    expect(readFileSync(file('elsewhere/c.png'))).toEqual(readFileSync(file('c.png')));
    expect(await up.page('messages')).toHaveLength(messages);
  });

  test('--detach prints one status a file; status, watch and list know it; any beginning of the id will do', async () => {
    copyFileSync(file('a.png'), file('detached.png'));
    const started = await machine.ferry(['send', 'detached.png', '--detach', '--json']);
    expect(started).toMatchObject({ code: 0, documents: [{ type: 'status', v: 1 }] });
    const id = started.documents[0]?.['transferId'] as string;
    const watched = await machine.ferry(['watch', id.slice(0, -2), '--json']);
    expect(watched.code).toBe(0);
    expect(new Set(watched.documents.map(({ type }) => type as string))).toEqual(new Set(['event', 'receipt']));
    expect(watched.documents.at(-1)).toMatchObject({ type: 'receipt', transferId: id });
    const status = await machine.ferry(['status', id.slice(0, -2), '--json']);
    expect(status).toMatchObject({
      code: 0,
      documents: [{ type: 'status', transferId: id, state: 'done', receipt: { sequence: expect.any(Number) } }],
    });
    // Temporal's visibility lags behind by a moment.
    const listed = await waitFor(async () => {
      const { documents } = await machine.ferry(['list', '--json', '--done']);
      return documents.find(({ transferId }) => transferId === id);
    });
    expect(listed).toMatchObject({ type: 'status', state: 'done', receipt: { transferId: id } });
  });

  test('status without an id is the health of everything', async () => {
    const { code, documents } = await machine.ferry(['status', '--json']);
    expect(code).toBe(0);
    expect(documents).toEqual([
      expect.objectContaining({ type: 'status', v: 1, temporal: expect.objectContaining({ reachable: true }) }),
    ]);
    expect(documents[0]?.['workers'].hosts).toContain(documents[0]?.['thisHost']);
  });

  test('--timeout leaves with 5 and one error a file, Ctrl-C with 130; the transfer goes on', async () => {
    copyFileSync(file('a.png'), file('held.png'));
    await up.fault('put', { status: 503 }, 2);
    const timedOut = await machine.ferry(['send', 'held.png', '--timeout', '2s', '--json']);
    expect(timedOut).toMatchObject({
      code: 5,
      documents: [{ type: 'error', error: { code: 'TIMEOUT', source: 'held.png' } }],
    });
    const id = timedOut.documents[0]?.['error'].transferId as string;
    const watching = spawn(process.execPath, [MAIN, 'watch', id, '--state', machine.stateDir], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    watching.stderr.on('data', (text: Buffer) => {
      told += text.toString();
    });
    await waitFor(() => (told.includes('WAITING') ? true : undefined));
    watching.kill('SIGINT');
    const code = await new Promise((resolve) => {
      watching.once('close', resolve);
    });
    expect(code).toBe(130);
    expect(told).toContain(`Follow again: ferry watch ${id} --state ${machine.stateDir}`);
    expect(await machine.ferry(['watch', id])).toMatchObject({ code: 0 });
  });

  test('a reader that goes away ends the command quietly', async () => {
    const child = spawn('/bin/sh', [
      '-c',
      `"${process.execPath}" "${MAIN}" list --json --state "${machine.stateDir}" | head -c 1`,
    ]);
    let told = '';
    child.stderr.on('data', (text: Buffer) => {
      told += text.toString();
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(0);
    expect(told).toBe('');
  });

  test('an answer that could not be written, as on a full disk, is never exit 0', async () => {
    const command = `"${process.execPath}" "${MAIN}" send a.png --json --state "${machine.stateDir}" > /dev/full`;
    const child = spawn('/bin/sh', ['-c', command], { cwd: machine.directory });
    let told = '';
    child.stderr.on('data', (text: Buffer) => {
      told += text.toString();
    });
    expect(await new Promise((resolve) => child.once('close', resolve))).toBe(1);
    expect(told).toContain('ferry: The output cannot be written (ENOSPC).');
  });

  test('a fetch that is refused is told by the name of the file, as people know it', async () => {
    const { documents } = await machine.ferry(['send', 'a.png', '--json']);
    writeFileSync(file('other.png'), 'another file');
    const fetched = await machine.ferry(['fetch', documents[0]?.['transferId'], '--to', 'other.png', '--json']);
    expect(fetched).toMatchObject({
      code: 3,
      documents: [{ type: 'error', error: { code: 'TARGET_EXISTS', source: file('a.png') } }],
    });
  });

  test('cancel says whether the message was published, and refuses what is over', async () => {
    copyFileSync(file('a.png'), file('unwanted.png'));
    await up.fault('put', { status: 503 }, 20);
    const { documents } = await machine.ferry(['send', 'unwanted.png', '--detach', '--json']);
    const id = documents[0]?.['transferId'] as string;
    expect(await machine.ferry(['cancel', id])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('was not published'),
    });
    expect(await machine.ferry(['watch', id, '--json'])).toMatchObject({
      code: 3,
      documents: expect.arrayContaining([expect.objectContaining({ type: 'error' })]),
    });
    expect(await machine.ferry(['cancel', id, '--json'])).toMatchObject({
      code: 2,
      documents: [{ error: { code: 'TRANSFER_CLOSED' } }],
    });
  });

  test('doctor finds nothing wrong, and a problem is exit 3', async () => {
    const healthy = await machine.ferry(['doctor', '--json']);
    expect(healthy.code).toBe(0);
    expect(healthy.documents.every(({ result }) => result === 'ok' || result === 'warn')).toBe(true);
    const sick = await machine.ferry(['doctor', '--json'], { env: { FERRY_SEAL_KEY: 'no key' } });
    expect(sick.code).toBe(3);
    expect(sick.documents.filter(({ result }) => result === 'no').map(({ check }) => check)).toEqual(['seal keys']);
  });
});
