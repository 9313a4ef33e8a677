import { createRequire } from 'node:module';
import { startSandbox, summary, withTemp } from './support.mjs';

const { createLivePerson } = createRequire(import.meta.url)('../dist/liveperson/index.js');

/** What the service takes for an answer: without it, one request alone takes 0.1 ms on this machine, which no line does. */
const ROUND_TRIP_MS = 25;
const ROUNDS = 5;
const IN_FLIGHT = 1000;
const OBJECTS = 50;

/** Requests of one consumer on one socket: alone, and 1,000 in flight; the sandbox is a process of its own. */
export async function benchMessaging() {
  return await withTemp(async (directory) => {
    const sandbox = await startSandbox(directory);
    const liveperson = createLivePerson();
    try {
      const address = { accountId: '12345678', domain: sandbox.host, plaintext: true, trustedHosts: [] };
      await liveperson.ensureFileSharing(address, { kind: 'password', username: 'ops', password: 'sandbox' }, true);
      const session = liveperson.session(address, await liveperson.consumerToken(address, { kind: 'signup' }));
      const paths = await Promise.all(Array.from({ length: OBJECTS }, () => lay(session, sandbox.url)));
      const ask = async (at) => {
        const wanted = paths[at % OBJECTS];
        const begun = performance.now();
        const { relativePath } = await session.requestDownloadUrl(wanted);
        if (relativePath !== wanted) throw new Error('an answer came to the wrong one');
        return performance.now() - begun;
      };
      await sandbox.delay('request:ms.GenerateURLForDownloadFile', ROUND_TRIP_MS);
      return await rounds(ask);
    } finally {
      await liveperson.close();
      await sandbox.stop();
    }
  });
}

async function lay(session, origin) {
  const { relativePath, queryParams } = await session.requestUploadUrl({ sizeBytes: 5, fileType: 'JPG' });
  const answer = await fetch(`${origin}${relativePath}?${new URLSearchParams(queryParams)}`, {
    method: 'PUT',
    body: 'bytes',
  });
  if (!answer.ok) throw new Error(`the sandbox refused an object: ${answer.status}`);
  return relativePath;
}

async function rounds(ask) {
  const alone = [];
  const among = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const single = [];
    for (let at = 0; at < 20; at += 1) single.push(await ask(at));
    const all = await Promise.all(Array.from({ length: IN_FLIGHT }, (_, at) => ask(at)));
    alone.push(single.toSorted((a, b) => a - b)[single.length >> 1]);
    among.push(all.toSorted((a, b) => a - b)[Math.ceil(IN_FLIGHT * 0.99) - 1]);
  }
  const ratios = among.map((p99, round) => p99 / alone[round]);
  return [
    summary(`one request, where the service takes ${ROUND_TRIP_MS} ms`, 'ms', alone, ''),
    summary(`${IN_FLIGHT} in flight on one socket, p99`, 'ms', among, ''),
    summary('p99 of them beside one alone', 'ratio', ratios, '<= 3'),
  ];
}
