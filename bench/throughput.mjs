import { fork } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { deflateSync } from 'node:zlib';
import { cpuSeconds, root, startUp, summary, withTemp } from './support.mjs';

const require = createRequire(import.meta.url);

const TRANSFERS = 200;
const LANES = 40;
/** inspect, enable, open, request-upload-url, upload, publish. */
const STEPS = 6;
const ROUNDS = 5;

/** Transfers of one small file a second, beside empty workflows of as many activities, in turn on one server. */
export function benchThroughput() {
  return withTemp(async (directory) => {
    const up = await startUp(directory);
    const { temporalAddress: address, namespace, pids } = up.info;
    const empty = fork(join(root, 'bench/empty-worker.mjs'), [address, namespace]);
    await new Promise((resolve) => empty.once('message', resolve));
    const { connectFerry, locateTemporal } = require(join(root, 'dist/client.js'));
    const { Client, Connection } = require('@temporalio/client');
    const connection = await Connection.connect({ address });
    const client = new Client({ connection, namespace });
    const ferry = await connectFerry(await locateTemporal({ state: up.info.stateDir }));
    try {
      const rounds = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const files = await smallFiles(join(directory, `round-${round}`), round);
        const ours = await measure(pids.worker, (index) => transfer(ferry, files[index]));
        const theirs = await measure(empty.pid, (index) => emptySteps(client, `${round}-${index}`));
        if (round > 0) rounds.push({ ours, theirs });
      }
      return figures(rounds);
    } finally {
      await ferry.close();
      await connection.close();
      empty.disconnect();
      await new Promise((resolve) => empty.once('exit', resolve));
      await up.stop();
    }
  });
}

function figures(rounds) {
  const of = (pick) => rounds.map(pick);
  const cpu = ({ ours, theirs }) => ((ours.cpu - theirs.cpu) / TRANSFERS) * 1000;
  return [
    summary(
      'transfers of a small file',
      '/s',
      of(({ ours }) => TRANSFERS / ours.seconds),
      '',
    ),
    summary(
      'empty workflows of as many activities',
      '/s',
      of(({ theirs }) => TRANSFERS / theirs.seconds),
      '',
    ),
    summary(
      'transfers beside empty workflows',
      'ratio',
      of(({ ours, theirs }) => theirs.seconds / ours.seconds),
      '>= 0.6',
    ),
    summary("worker's CPU a transfer beyond the empty one's", 'ms', of(cpu), '<= 15'),
  ];
}

export async function measure(pid, one, count = TRANSFERS) {
  const cpu = cpuSeconds(pid);
  const begun = performance.now();
  let next = 0;
  const lane = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return { seconds: (performance.now() - begun) / 1000, cpu: cpuSeconds(pid) - cpu };
}

export async function transfer(ferry, file, account = 'sandbox') {
  const { transferId } = await ferry.start({ file, account, consumer: 'ops' });
  await ferry.result(transferId);
  return transferId;
}

function emptySteps(client, id) {
  return client.workflow.execute('emptySteps', {
    taskQueue: 'bench-empty',
    workflowId: `empty-${id}`,
    args: [{ steps: STEPS }],
  });
}

export async function smallFiles(directory, round, count = TRANSFERS) {
  await mkdir(directory);
  return await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(directory, `small-${index}.png`);
      await writeFile(path, picture(round * TRANSFERS + index));
      return path;
    }),
  );
}

/** A PNG of 64 by 64 pixels whose colour is the number. */
function picture(number) {
  const row = Buffer.concat([Buffer.of(0), Buffer.alloc(64 * 3, Buffer.of(number & 255, (number >> 8) & 255, 90))]);
  const header = Buffer.alloc(13);
  header.writeUInt32BE(64, 0);
  header.writeUInt32BE(64, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const parts = [
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(Array(64).fill(row)))),
    chunk('IEND', Buffer.alloc(0)),
  ];
  return Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), ...parts]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32(body), body.length + 4);
  return out;
}

function crc32(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
