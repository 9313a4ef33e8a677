import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { boundLogs } from '../../src/supervisor/bound-logs';
import { choosePorts, DEFAULT_PORTS } from '../../src/supervisor/choose-ports';

let root: string;
const servers: Server[] = [];

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'ferry-pieces-'));
});

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
  rmSync(root, { recursive: true, force: true });
});

/** Listens on the port, unless another does so already. */
async function occupy(port: number): Promise<number> {
  const server = createServer();
  servers.push(server);
  return await new Promise((resolve) => {
    server.once('error', () => resolve(port));
    server.listen(port, '127.0.0.1', () => resolve((server.address() as { port: number }).port));
  });
}

test('Instead of a busy default port the next free port is taken, with a notice', async () => {
  await occupy(DEFAULT_PORTS.temporal);
  const notices: string[] = [];
  const { temporal } = await choosePorts({ ui: 0, sandbox: 0 }, (sentence) => notices.push(sentence));
  expect(temporal).toBeGreaterThan(DEFAULT_PORTS.temporal);
  expect(notices).toEqual([`Port ${DEFAULT_PORTS.temporal} is in use; Temporal takes ${temporal}.`]);
});

test('A given port that is busy is an error, also when two parts are given the same port', async () => {
  const port = await occupy(0);
  const silent = (): void => undefined;
  await expect(choosePorts({ temporal: 0, ui: port, sandbox: 0 }, silent)).rejects.toMatchObject({ code: 'PORT_BUSY' });
  servers.pop()?.close();
  const both = choosePorts({ temporal: port, ui: 0, sandbox: port }, silent);
  await expect(both).rejects.toMatchObject({ code: 'PORT_BUSY' });
});

test('A log that grew too long is copied and emptied, and its writer continues in the empty log', () => {
  const log = join(root, 'worker.log');
  appendFileSync(log, 'x'.repeat(2_000));
  writeFileSync(join(root, 'sandbox.log'), 'short');
  boundLogs(root, 1_000);
  expect(statSync(log).size).toBe(0);
  expect(statSync(`${log}.1`).size).toBe(2_000);
  expect(readFileSync(join(root, 'sandbox.log'), 'utf8')).toBe('short');
});

test('A removed directory of logs does not end anything', () => {
  expect(() => boundLogs(join(root, 'gone'), 1_000)).not.toThrow();
});
