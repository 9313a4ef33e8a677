import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { configuration } from './job.mjs';
import { cli, root, startUp, summary, withTemp } from './support.mjs';
import { measure, smallFiles, transfer } from './throughput.mjs';

const require = createRequire(import.meta.url);

const TRANSFERS = 200;
const ROUNDS = 5;
const CLEAR = 'bench-clear';

/** Transfers of a small file a second with sealed payloads and in clear, in turn, on one server and one sandbox. */
export function benchCodec() {
  return withTemp(async (directory) => {
    const up = await startUp(directory);
    const { temporalAddress: address, namespace, pids, stateDir, sandboxUrl } = up.info;
    const { Connection } = require('@temporalio/client');
    const connection = await Connection.connect({ address });
    await registerNamespace(connection);
    const worker = await startClearWorker(directory, address, new URL(sandboxUrl).host);
    const { connectFerry, locateTemporal } = require(join(root, 'dist/client.js'));
    const sealed = await connectFerry(await locateTemporal({ state: stateDir }));
    const clear = await connectFerry({ connection: { address }, namespace: CLEAR, hostId: CLEAR });
    const bytesOf = async (where, workflowId) => {
      const execution = { workflowId };
      const about = await connection.workflowService.describeWorkflowExecution({ namespace: where, execution });
      return Number(about.workflowExecutionInfo.historySizeBytes);
    };
    try {
      const rounds = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const run = async (ferry, pid, where, account, parity) => {
          const files = await smallFiles(join(directory, `${account}-${round}`), 2 * round + parity, TRANSFERS);
          let last = '';
          const send = async (index) => (last = await transfer(ferry, files[index], account));
          const taken = await measure(pid, send, TRANSFERS);
          return { ...taken, historyBytes: await bytesOf(where, last) };
        };
        const hidden = await run(sealed, pids.worker, namespace, 'sandbox', 0);
        const open = await run(clear, worker.pid, CLEAR, 'bench', 1);
        if (round > 0) rounds.push({ hidden, open });
      }
      return figures(rounds);
    } finally {
      await sealed.close();
      await clear.close();
      await connection.close();
      await worker.stop();
      await up.stop();
    }
  });
}

async function registerNamespace({ workflowService, operatorService }) {
  const { SEARCH_ATTRIBUTES } = require('../dist/contract/index.js');
  const { temporal } = require('@temporalio/proto');
  await workflowService.registerNamespace({
    namespace: CLEAR,
    workflowExecutionRetentionPeriod: { seconds: 86_400 },
  });
  const keyword = temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD;
  const searchAttributes = Object.fromEntries(Object.values(SEARCH_ATTRIBUTES).map((name) => [name, keyword]));
  // The server learns of a new namespace within seconds.
  for (const end = performance.now() + 30_000; ;) {
    try {
      await operatorService.addSearchAttributes({ namespace: CLEAR, searchAttributes });
      return;
    } catch (error) {
      if (performance.now() > end) throw error;
      await sleep(200);
    }
  }
}

async function startClearWorker(files, address, host) {
  const directory = join(files, 'clear');
  await mkdir(directory, { recursive: true });
  const config = join(directory, 'ferry.toml');
  await writeFile(join(directory, 'password'), 'sandbox\n', { mode: 0o600 });
  await writeFile(config, `${configuration(host)}directories = { sources = [${JSON.stringify(files)}] }\n`);
  const key = Buffer.alloc(32, 7).toString('base64');
  const temporal = { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: CLEAR };
  const child = spawn(process.execPath, [cli, 'worker', '--host-id', CLEAR, '--config', config, '--json'], {
    env: { ...process.env, ...temporal, HOME: directory, XDG_STATE_HOME: directory, FERRY_SEAL_KEY: key },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  await new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', resolve);
    child.once('exit', (code) => reject(new Error(`ferry worker ended with ${code}`)));
  });
  return {
    pid: child.pid,
    async stop() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function figures(rounds) {
  const of = (pick) => rounds.map(pick);
  return [
    summary(
      'transfers with sealed payloads',
      '/s',
      of(({ hidden }) => TRANSFERS / hidden.seconds),
      '',
    ),
    summary(
      'transfers with payloads in clear',
      '/s',
      of(({ open }) => TRANSFERS / open.seconds),
      '',
    ),
    summary(
      'sealed beside clear',
      'ratio',
      of(({ hidden, open }) => open.seconds / hidden.seconds),
      '>= 0.95',
    ),
    summary(
      "worker's CPU for it",
      'ms',
      of(({ hidden, open }) => ((hidden.cpu - open.cpu) / TRANSFERS) * 1000),
      '',
    ),
    summary(
      'history of a transfer, sealed beside clear',
      'ratio',
      of(({ hidden, open }) => hidden.historyBytes / open.historyBytes),
      '',
    ),
  ];
}
