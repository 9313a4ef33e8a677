import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ferry, startUp, summary, withTemp } from './support.mjs';
import { smallFiles } from './throughput.mjs';

const ROUNDS = 3;
const MEGABYTE = 1_000_000;

/** Short troubles of the service at the start of a run of six files of 1 to 6 MB. */
const TROUBLES = {
  undisturbed: [],
  'four answers of 503 at PUT': [{ at: 'put', do: { status: 503 }, times: 4 }],
  'three sockets closed by 1001': [{ at: 'request:ms.PublishEvent', do: { closeCode: 1001 }, times: 3 }],
};

/** How much longer a run takes in which a service has a hiccup. The kinds of runs take turns. */
export function benchRecovery() {
  return withTemp(async (directory) => {
    const up = await startUp(directory, '--max-bytes', String(7 * MEGABYTE));
    const faults = `${up.info.sandboxUrl}/_sandbox/faults`;
    const taken = Object.fromEntries(Object.keys(TROUBLES).map((name) => [name, []]));
    try {
      for (let round = 0; round <= ROUNDS; round += 1) {
        for (const [at, [name, rules]] of Object.entries(TROUBLES).entries()) {
          const files = await largerFiles(join(directory, `files-${round}-${at}`), round * 10 + at);
          await fetch(faults, { method: 'DELETE' });
          const headers = { 'content-type': 'application/json' };
          await fetch(faults, { method: 'POST', headers, body: JSON.stringify(rules) });
          const begun = performance.now();
          await ferry(up.env, 'send', ...files, '--json');
          // The first round opens the conversation, and fetches what is fetched once.
          if (round > 0) taken[name].push((performance.now() - begun) / 1000);
        }
      }
      return figures(taken);
    } finally {
      await up.stop();
    }
  });
}

async function largerFiles(directory, round) {
  const files = await smallFiles(directory, round, 6);
  await Promise.all(files.map((file, at) => appendFile(file, Buffer.alloc((at + 1) * MEGABYTE, 'tail '))));
  return files;
}

function figures(taken) {
  const [usual, slow, closed] = Object.keys(TROUBLES);
  const beyond = (name) => taken[name].map((seconds, at) => seconds - taken[usual][at]);
  return [
    ...Object.entries(taken).map(([name, seconds]) => summary(`six files of 1 to 6 MB, ${name}`, 's', seconds, '')),
    summary(`beyond the undisturbed run: ${slow}`, 's', beyond(slow), '< 10'),
    summary(`beyond the undisturbed run: ${closed}`, 's', beyond(closed), '< 5'),
  ];
}
