import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ferry, startUp, summary, withTemp } from './support.mjs';
import { smallFiles } from './throughput.mjs';

const FILES = Number(process.env['FERRY_BENCH_FILES'] ?? 16_000);
const SENDS = 20;
const PAUSES = 3;

/** Long enough to see whether anything leaves after the time in which a pause must be obeyed. */
const LOOK_AFTER_MS = 5000;

/**
 * What a job does to a person beside it: single sends in its middle, one after another; and how long after the command
 * `ferry job pause` a request still leaves for storage or messaging.
 */
export async function benchSteering() {
  return await withTemp(async (directory) => {
    await smallFiles(join(directory, 'job'), 0, FILES);
    const single = await smallFiles(join(directory, 'single'), 1, SENDS + 1);
    const up = await startUp(directory);
    try {
      // Opens the conversation, and fetches what is fetched once.
      await ferry(up.env, 'send', single[SENDS], '--json');
      const [{ jobId }] = await ferry(up.env, 'job', 'start', join(directory, 'job'), '--detach', '--json');
      await untilDone(up, jobId, FILES / 20);
      const sends = [];
      for (const file of single.slice(0, SENDS)) sends.push(await timed(() => ferry(up.env, 'send', file, '--json')));
      const pauses = [];
      for (let count = 0; count < PAUSES; count += 1) pauses.push(await pauseAndResume(up, jobId));
      const { waiting } = await countsOf(up, jobId);
      if (waiting === 0) throw new Error('The job ended too early; take more files: FERRY_BENCH_FILES');
      await ferry(up.env, 'job', 'watch', jobId, '--json');
      await checkMessages(up, FILES + SENDS + 1);
      return [
        summary('a send in the middle of a job', 's', sends, 'max < 3'),
        summary('last request after `job pause`', 's', pauses, '< 2'),
      ];
    } finally {
      await up.stop();
    }
  });
}

async function timed(work) {
  const begun = performance.now();
  await work();
  return (performance.now() - begun) / 1000;
}

async function countsOf({ env }, jobId) {
  const [{ counts }] = await ferry(env, 'job', 'status', jobId, '--json');
  return counts;
}

async function untilDone(up, jobId, lines) {
  while ((await countsOf(up, jobId)).done < lines) await delay(500);
}

/** Seconds from the start of the command to the last request that was received. */
async function pauseAndResume(up, jobId) {
  const before = (await countsOf(up, jobId)).done;
  await untilDone(up, jobId, before + 1);
  const begun = Date.now();
  await ferry(up.env, 'job', 'pause', jobId, '--json');
  await delay(LOOK_AFTER_MS);
  const requests = await (await fetch(`${up.info.sandboxUrl}/_sandbox/requests`)).json();
  await ferry(up.env, 'job', 'resume', jobId, '--json');
  const times = requests.filter(isWork).map(({ at }) => Date.parse(at) - begun);
  return Math.max(0, ...times) / 1000;
}

function isWork({ method, type }) {
  return method === 'PUT' || type === 'ms.PublishEvent';
}

/** No line twice, and none missing. */
async function checkMessages({ info }, expected) {
  const messages = await (await fetch(`${info.sandboxUrl}/_sandbox/messages`)).json();
  const paths = messages.flatMap(({ relativePath }) => relativePath ?? []);
  if (paths.length !== expected || new Set(paths).size !== expected) {
    throw new Error(`There are ${paths.length} messages of files, of ${new Set(paths).size} objects; not ${expected}.`);
  }
}
