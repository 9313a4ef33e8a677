import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdir, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { openJob } from './job.mjs';
import { rcloneEnvironment } from './storage/large.mjs';
import { isInstalled } from './storage/measure.mjs';
import { startSwift } from './storage/swift.mjs';
import { cpuSeconds, startSandbox, summary, withTemp } from './support.mjs';

const require = createRequire(import.meta.url);
const { Agent, request } = require('undici');
const { WebSocket } = require('ws');
const { MockActivityEnvironment } = require('@temporalio/testing');
const { DefaultLogger } = require('@temporalio/worker');
const {
  ByteSlots,
  createHostActivities,
  createIoActivities,
  Pacer,
  Previews,
  SharingKnown,
} = require('../dist/activities/index.js');
const { makeAuditKey, openBooks } = require('../dist/evidence/index.js');
const { inspectFile, makePreview } = require('../dist/files/index.js');
const { openLedger } = require('../dist/ledger/index.js');
const { createLivePerson } = require('../dist/liveperson/index.js');
const { NO_METER } = require('../dist/metrics/index.js');
const { makeSealKey, parseSealKeys, sealer } = require('../dist/secrets/index.js');
const { createStorage, signedUrl } = require('../dist/storage/index.js');
const { keepReceipts } = require('../dist/worker/keep-receipts.js');

const FILES = Number(process.env['FERRY_BENCH_FILES'] ?? 1500);
const FILE_BYTES = 20_000;
const AT_ONCE = 16;
const PAGE = 50;
const LANES = 8;
const BYTE_SLOTS = 4;
const ROUNDS = Number(process.env['FERRY_BENCH_ROUNDS'] ?? 5);
const WITH_SWIFT = process.env['FERRY_BENCH_SWIFT'] === '1';
const WAYS = process.env['FERRY_BENCH_WAYS']?.split(',') ?? [
  'plain',
  'libraries',
  'pages',
  'job',
  ...(WITH_SWIFT && isInstalled('rclone') ? ['rclone'] : []),
];
const ACCOUNT_ID = '12345678';
const RULES = { types: ['JPG', 'PNG'], maxBytes: 3_000_000 };

/**
 * Small pictures into one conversation, a second, in turn: by a plain concurrent script that links, puts and publishes; by
 * Ferry's libraries in one process, which inspect and make previews as well; by the activities of a job's pages, without
 * Temporal; by a job. `FERRY_BENCH_SWIFT=1`: objects lie in a real Swift, and `rclone copy` puts the files there without a
 * message, when it is installed. `FERRY_BENCH_WAYS=plain,pages`: only these.
 */
export async function benchPages() {
  return await withTemp(async (directory) => {
    const swift = WITH_SWIFT ? startSwift() : null;
    // The sandbox signs with it.
    if (swift !== null) process.env['FERRY_SWIFT_KEY'] = swift.key;
    const sandbox = await startSandbox(directory, ...(swift === null ? [] : ['--swift', swift.origin]));
    try {
      const files = await pictures(join(directory, 'files'));
      const open = {
        plain: () => openPlain(sandbox),
        libraries: () => openLibraries(sandbox),
        pages: () => openPages(sandbox, join(directory, 'state')),
        job: () => openJob(sandbox, join(directory, 'job')),
        rclone: () => openRclone(swift, join(directory, 'files')),
      };
      const all = {};
      for (const name of WAYS) all[name] = await open[name]();
      const rounds = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const seconds = {};
        for (const [name, way] of Object.entries(all)) seconds[name] = await measure(way, files, round);
        // The first one warms up.
        if (round > 0) rounds.push(seconds);
      }
      for (const way of Object.values(all)) await way.close();
      return figures(rounds);
    } finally {
      await sandbox.stop();
      swift?.stop();
    }
  });
}

async function measure(way, files, round) {
  const cpuNow = way.cpu ?? (() => cpuSeconds(process.pid));
  const cpu = cpuNow();
  const begun = performance.now();
  await way.run(files, round);
  return { seconds: (performance.now() - begun) / 1000, cpu: cpuNow() - cpu };
}

function figures(rounds) {
  const rate = (name) =>
    summary(
      `files by ${name}`,
      '/s',
      rounds.map((round) => FILES / round[name].seconds),
      '',
    );
  const cpu = (name) =>
    summary(
      `CPU a file by ${name}`,
      'ms',
      rounds.map((round) => (round[name].cpu / FILES) * 1000),
      '',
    );
  const beside = (name, other, goal) => {
    if (!WAYS.includes(name) || !WAYS.includes(other)) return [];
    const ratios = rounds.map((round) => round[other].seconds / round[name].seconds);
    return [summary(`${name} beside ${other}`, 'ratio', ratios, goal)];
  };
  return [
    ...WAYS.flatMap((name) => [rate(name), cpu(name)]),
    ...beside('pages', 'libraries', '>= 0.9'),
    ...beside('pages', 'plain', ''),
    ...beside('libraries', 'plain', ''),
    ...beside('job', 'libraries', '>= 0.85'),
    ...beside('job', 'plain', '>= 0.7'),
    ...beside('job', 'rclone', ''),
  ];
}

/** Different pictures of 20 kB that decode. */
async function pictures(directory) {
  await mkdir(directory);
  const picture = await noise();
  const files = Array.from({ length: FILES }, (_, index) => join(directory, `${String(index).padStart(6, '0')}.jpg`));
  const made = [];
  await inLanes(files, AT_ONCE, async (path, index) => {
    await writeFile(path, Buffer.concat([picture, randomBytes(16)]));
    const { size, mtimeMs, ino } = await stat(path);
    made[index] = { path, sizeBytes: size, mtimeMs, inode: ino };
  });
  return made;
}

async function noise() {
  const sharp = require('sharp');
  for (let side = 100; ; side += 10) {
    const raw = { width: side, height: side, channels: 3 };
    const jpeg = await sharp(randomBytes(side * side * 3), { raw })
      .jpeg({ quality: 80 })
      .toBuffer();
    if (jpeg.length >= FILE_BYTES) return jpeg;
  }
}

async function inLanes(items, lanes, work) {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next], next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

async function openConsumer({ host }) {
  const liveperson = createLivePerson();
  const address = { accountId: ACCOUNT_ID, domain: host, plaintext: true, trustedHosts: [] };
  await liveperson.ensureFileSharing(address, { kind: 'password', username: 'ops', password: 'sandbox' }, true);
  const token = await liveperson.consumerToken(address, { kind: 'signup' });
  const { conversationId } = await liveperson.session(address, token).createConversation({ skillId: '-1' });
  return { liveperson, address, token, conversationId };
}

/** No guarantee, no check, no preview: one socket, a pool of connections, and 16 files at once. */
async function openPlain(sandbox) {
  const { liveperson, address, token, conversationId } = await openConsumer(sandbox);
  const origin = await liveperson.serviceUrl(address, 'swift');
  await liveperson.close();
  const { readFile } = require('node:fs/promises');
  const agent = new Agent({ connections: AT_ONCE });
  const send = async (ask, { path, sizeBytes }) => {
    const body = { fileSize: String(sizeBytes), fileType: 'JPG' };
    const { relativePath, queryParams } = await ask('ms.GenerateURLForUploadFile', body);
    const url = `${origin}${relativePath}?${new URLSearchParams(queryParams)}`;
    const put = await request(url, { method: 'PUT', body: await readFile(path), dispatcher: agent });
    await put.body.dump();
    if (put.statusCode !== 201) throw new Error(`the PUT was answered ${put.statusCode}`);
    const message = { caption: basename(path), relativePath, fileType: 'JPG' };
    const event = { type: 'ContentEvent', contentType: 'hosted/file', message };
    const { sequence } = await ask('ms.PublishEvent', { dialogId: conversationId, conversationId, event });
    if (typeof sequence !== 'number') throw new Error('the publish was refused');
  };
  return {
    // A socket for each round: the service ends one that is idle while the other ways run.
    async run(files) {
      const { ask, end } = await openSocket(sandbox, token);
      await inLanes(files, AT_ONCE, (file) => send(ask, file));
      end();
    },
    close: () => agent.close(),
  };
}

async function openSocket({ host }, { jwt }) {
  const ws = new WebSocket(`ws://${host}/ws_api/account/${ACCOUNT_ID}/messaging/consumer?v=3`, {
    headers: { authorization: `jwt ${jwt}` },
  });
  await new Promise((resolve, reject) => ws.once('open', resolve).once('error', reject));
  const waiting = new Map();
  ws.on('message', (data) => {
    const { reqId, body } = JSON.parse(Buffer.from(data).toString('utf8'));
    waiting.get(reqId)?.(body);
    waiting.delete(reqId);
  });
  let count = 0;
  const ask = (type, body) =>
    new Promise((resolve) => {
      const id = String((count += 1));
      waiting.set(id, resolve);
      ws.send(JSON.stringify({ kind: 'req', id, type, body }));
    });
  return { ask, end: () => ws.terminate() };
}

/** Only puts the files: no link, no message. */
function openRclone(swift, from) {
  const env = { ...process.env, ...rcloneEnvironment(swift) };
  const container = swift.container.split('/').at(-1);
  const flags = ['--transfers', String(AT_ONCE), '--checkers', String(AT_ONCE), '--no-check-dest'];
  return {
    run: (_, round) =>
      promisify(execFile)('rclone', ['copy', ...flags, from, `sw:${container}/rclone-${round}`], { env }),
    close: () => Promise.resolve(),
  };
}

async function openLibraries(sandbox) {
  const { liveperson, address, token, conversationId } = await openConsumer(sandbox);
  const session = liveperson.session(address, token);
  const storage = createStorage();
  const send = async (source) => {
    const file = await inspectFile(source.path, RULES, { preview: true });
    const { fileType } = file;
    const answer = await session.requestUploadUrl({ sizeBytes: file.sizeBytes, fileType });
    const origin = await liveperson.serviceUrl(address, 'swift');
    const { sha256 } = await storage.upload({ url: signedUrl({ origin, ...answer }), source });
    const isSame = file.preview?.sha256 === sha256;
    const preview = isSame ? file.preview.uri : await makePreview(source, fileType);
    const { relativePath } = answer;
    const message = {
      conversationId,
      dialogId: conversationId,
      relativePath,
      fileType,
      caption: basename(source.path),
    };
    await session.publishFile({ ...message, ...(preview === null ? {} : { preview }) });
  };
  return {
    run: (files) => inLanes(files, AT_ONCE, send),
    async close() {
      await storage.close();
      await liveperson.close();
    },
  };
}

/** As a worker does it, with a ledger and receipts on the disk; only what Temporal does is missing. */
async function openPages(sandbox, stateDir) {
  const { liveperson, address, token, conversationId } = await openConsumer(sandbox);
  const storage = createStorage();
  const ledger = openLedger(join(stateDir, 'ledger'));
  await mkdir(stateDir, { recursive: true });
  makeAuditKey(stateDir);
  const books = openBooks({ stateDir, anchorFile: null, onAnchorFailure: () => undefined });
  const log = { warn: (message, facts) => console.error(message, facts) };
  const config = {
    name: 'bench',
    enableFileSharing: true,
    directories: null,
    files: RULES,
    fetched: { maxBytes: 1e9, mode: 0o600 },
  };
  const session = () => liveperson.session(address, token);
  const access = { config, address, storage, adminCredentials: () => null };
  const deps = {
    account: () => access,
    liveperson,
    sealer: sealer(parseSealKeys(makeSealKey())),
    consumers: {
      token: () => Promise.resolve(token),
      as: (_, work) => work(session()),
      session,
      conversation: () => Promise.resolve({ conversationId, dialogId: conversationId }),
      lastSequence: () => 0,
      sawSequence: () => undefined,
    },
    pacer: new Pacer(),
    sharing: new SharingKnown(),
    slots: new ByteSlots(BYTE_SLOTS),
    previews: new Previews(),
    receipts: keepReceipts(books, ledger, log),
    ledger,
    confirmHeartbeat: () => new Promise((resolve) => setTimeout(resolve, 2)),
    meter: NO_METER,
    anyPathAllowed: true,
    log,
    signedUrl,
  };
  const { deliverPage } = createIoActivities(deps);
  const { publishPage } = createHostActivities(deps);
  const logger = new DefaultLogger('ERROR');
  const run = (activity, input) => new MockActivityEnvironment({ attempt: 1 }, { logger }).run(activity, input);
  const send = async (page) => {
    const delivered = await run(deliverPage, { page });
    const { lines: _lines, ...ids } = page;
    const { opened, delivered: lines } = delivered;
    const published = await run(publishPage, {
      page: ids,
      host: 'bench',
      opened,
      lines,
      lookFirst: false,
      settledAt: null,
    });
    const done = published.settled.filter(({ state }) => state === 'done').length;
    if (done !== page.lines.length) throw new Error(`only ${done} lines of a page are done`);
  };
  return {
    run: (files, round) => inLanes(pagesOf(files, round), LANES, send),
    async close() {
      await books.close();
      await ledger.close();
      await storage.close();
      await liveperson.close();
    },
  };
}

function pagesOf(files, round) {
  const lines = files.map(({ path, ...source }, index) => {
    const id = createHash('sha256').update(`${round} ${path}`).digest('hex').slice(0, 16);
    return {
      line: index + 2,
      source: path,
      ...source,
      caption: basename(path),
      fetchTo: null,
      transferId: id,
      sendKey: id,
    };
  });
  return Array.from({ length: Math.ceil(lines.length / PAGE) }, (_, page) => ({
    jobId: 'bench-1',
    pass: 1,
    page,
    account: 'bench',
    consumer: 'ops',
    conversationId: null,
    verify: false,
    lines: lines.slice(page * PAGE, (page + 1) * PAGE),
  }));
}
