import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { cli, root, runFerry, startSandbox } from '../support.mjs';

const require = createRequire(import.meta.url);

/** The fewest hosts that make limits of several hosts, with two worker processes each. */
const WORKERS = [
  ['w1', 'a'],
  ['w2', 'a'],
  ['w3', 'b'],
  ['w4', 'b'],
];

/** Requests that the limits count. Each is delayed, or a limit is never reached. */
const SOCKET_REQUESTS = [
  'InitConnection',
  'GetClock',
  'cqm.SubscribeExConversations',
  'cqm.UnsubscribeExConversations',
  'cm.ConsumerRequestConversation',
  'ms.SubscribeMessagingEvents',
  'ms.GenerateURLForUploadFile',
  'ms.GenerateURLForDownloadFile',
  'ms.PublishEvent',
];
export const REQUEST_POINTS = ['login', 'signup', ...SOCKET_REQUESTS.map((type) => `request:${type}`)];
export const TRANSFER_POINTS = ['put', 'get', 'head'];

/**
 * Temporal, a sandbox and four worker processes on two host ids, all ended and removed by `close`.
 *
 * @param limits lines of the account's table `limits`; empty: nothing limits the account
 */
export async function openSite(directory, limits, { workers = WORKERS, maxBytes = 3_000_000 } = {}) {
  const { findOrFetchTemporal, startTemporal } = require(join(root, 'dist/engine/index.js'));
  const { EMBEDDED_NAMESPACE: namespace } = require(join(root, 'dist/contract/index.js'));
  await mkdir(directory, { recursive: true });
  const sandbox = await startSandbox(join(directory, 'sandbox'), '--max-bytes', String(maxBytes));
  const closing = [() => sandbox.stop()];
  const close = async () => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    const cacheDir = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'ferry');
    const { path: binary } = await findOrFetchTemporal({ cacheDir });
    const files = { dbFile: join(directory, 'temporal.db'), logFile: join(directory, 'temporal.log') };
    const temporal = await startTemporal({ binary, ...files, port: 0, uiPort: null });
    closing.push(() => temporal.stop());
    const config = join(directory, 'ferry.toml');
    await writeFile(config, configuration(sandbox.host, directory, limits, maxBytes));
    const env = {
      PATH: process.env.PATH,
      FERRY_CONFIG: config,
      FERRY_SEAL_KEY: randomBytes(32).toString('base64'),
      SITE_PASSWORD: 'sandbox',
      TEMPORAL_ADDRESS: temporal.address,
      TEMPORAL_NAMESPACE: namespace,
    };
    const homeOf = async (host) => {
      const home = join(directory, `home-${host}`);
      await mkdir(home, { recursive: true });
      return { ...env, HOME: home, FERRY_HOST_ID: host };
    };
    const parts = [];
    for (const [name, host] of workers) parts.push(workerPart(name, host, await homeOf(host), directory));
    closing.push(() => Promise.all(parts.map((part) => part.end())));
    await Promise.all(parts.map((part) => part.start()));
    const { Client, Connection } = require('@temporalio/client');
    const connection = await Connection.connect({ address: temporal.address });
    closing.push(() => connection.close());
    return {
      directory,
      sandbox,
      workers: parts,
      client: new Client({ connection, namespace }),
      ferry: async (host, ...args) => runFerry(await homeOf(host), args, 'ignore'),
      delay: (delayMs) =>
        sandbox.fault(...[...REQUEST_POINTS, ...TRANSFER_POINTS].map((at) => ({ at, do: { delayMs } }))),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function workerPart(name, host, env, directory) {
  const logFile = join(directory, `${name}.log`);
  let child = null;
  let isOver = false;
  return {
    name,
    host,
    pid: () => child?.pid,
    async start() {
      if (isOver) return;
      const log = openSync(logFile, 'a');
      child = spawn(process.execPath, [cli, 'worker', '--host-id', host, '--json'], {
        env,
        stdio: ['ignore', 'pipe', log],
      });
      const ready = once(createInterface({ input: child.stdout }), 'line');
      const early = once(child, 'exit').then(() => Promise.reject(new Error(`${name} has ended early`)));
      const [line] = await Promise.race([ready, early]);
      early.catch(() => undefined);
      if (JSON.parse(line).type !== 'ready') throw new Error(`${name} says: ${line}`);
    },
    signal: (signal) => void child.kill(signal),
    async kill() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
    async end() {
      isOver = true;
      if (child !== null && child.exitCode === null && child.signalCode === null) await this.kill();
    },
    log: () => readFile(logFile, 'utf8'),
  };
}

function configuration(host, directory, limits, maxBytes) {
  const lies = JSON.stringify(directory);
  return [
    'defaultAccount = "site"',
    '[accounts.site]',
    'accountId = "12345678"',
    `domain = "${host}"`,
    'plaintext = true',
    'enableFileSharing = true',
    'login = { username = "ops", passwordEnv = "SITE_PASSWORD" }',
    'consumer = { mode = "signup", name = "ops" }',
    `files = { types = ["JPG", "PNG"], maxBytes = ${maxBytes} }`,
    `directories = { sources = [${lies}], targets = [${lies}] }`,
    ...(limits.length === 0 ? [] : ['[accounts.site.limits]', ...limits]),
    '',
  ].join('\n');
}
