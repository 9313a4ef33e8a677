import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { cli, summary, withTemp } from './support.mjs';

const COMMANDS = [
  ['send', 'file.png'],
  ['status'],
  ['status', 'some-id'],
  ['list'],
  ['watch', 'some-id'],
  ['fetch', 'some-id', '--to', 'out'],
  ['pause', 'some-id'],
  ['cancel', 'some-id'],
  ['doctor'],
  ['worker'],
];

/** One pixel: `send` looks at the file before it speaks to anybody. */
const PIXEL = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** From the start of the process until something that it reaches for on the network, Temporal's address, is called. */
export async function benchStarts() {
  return await withTemp(async (directory) => {
    writeFileSync(join(directory, 'file.png'), Buffer.from(PIXEL, 'base64'));
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address();
    const rows = [];
    for (const args of COMMANDS) {
      const times = [];
      for (let run = 0; run < 8; run += 1) times.push(await untilFirstCall(server, args, directory, port));
      // The first one reads the files from the disk.
      rows.push(summary(`ferry ${args.join(' ')}, until its first call`, 'ms', times.slice(1), '< 400'));
    }
    server.close();
    return rows;
  });
}

function writeConfig(directory, domain) {
  const path = join(directory, 'ferry.toml');
  const lines = [
    '[accounts.practice]',
    'accountId = "12345678"',
    `domain = "${domain}"`,
    'plaintext = true',
    'login = { username = "ops", passwordEnv = "PASSWORD" }',
    'consumer = { mode = "signup", name = "ops" }',
    `directories = { sources = ["${directory}"], targets = ["${directory}"] }`,
  ];
  writeFileSync(path, lines.join('\n'));
  return path;
}

async function untilFirstCall(server, args, directory, port) {
  const here = `127.0.0.1:${port}`;
  const env = {
    PATH: process.env.PATH,
    HOME: directory,
    TEMPORAL_ADDRESS: here,
    FERRY_CONFIG: writeConfig(directory, here),
    PASSWORD: 'none',
    FERRY_SEAL_KEY: Buffer.alloc(32, 1).toString('base64'),
  };
  const called = once(server, 'connection');
  const begun = performance.now();
  const child = spawn(process.execPath, [cli, ...args], { env, cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.on('data', (chunk) => (said += chunk));
  const ended = once(child, 'close');
  const [socket] = await Promise.race([
    called,
    ended.then(([code]) => Promise.reject(new Error(`ferry ${args.join(' ')} ended with ${code}: ${said}`))),
  ]);
  const took = performance.now() - begun;
  child.kill('SIGKILL');
  socket.destroy();
  await ended;
  return took;
}
