import { appendFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { smallFiles } from '../throughput.mjs';

const LOOK_MS = 500;

let lists = 0;

let batches = 0;

/** Files of their own for each call: what was sent already would not be sent again. */
export async function makeFiles(site, name, count, sizeBytes = 0) {
  const files = await smallFiles(join(site.directory, name), (batches += 1), count);
  const tail = Buffer.alloc(sizeBytes, `${name} `);
  if (sizeBytes > 0) await Promise.all(files.map((file) => appendFile(file, tail)));
  return files;
}

/** Starts a transfer for each file, as many on each host; resolves when all are started. */
export async function startTransfers(site, files) {
  const hosts = [...new Set(site.workers.map(({ host }) => host))];
  await Promise.all(
    hosts.map(async (host, at) => {
      const own = files.filter((_, index) => index % hosts.length === at);
      const list = join(site.directory, `list-${(lists += 1)}`);
      await writeFile(list, `${own.join('\n')}\n`);
      await site.ferry(host, 'send', '--files-from', list, '--host', host, '--detach', '--json');
    }),
  );
}

/** Starts a job that sends these files from all hosts; resolves when it is started. */
export async function startJob(site, files) {
  const hosts = [...new Set(site.workers.map(({ host }) => host))];
  const manifest = join(site.directory, `manifest-${(lists += 1)}.csv`);
  await writeFile(manifest, `source\n${files.join('\n')}\n`);
  await site.ferry(hosts[0], 'job', 'start', manifest, '--hosts', hosts.join(','), '--detach', '--json');
}

export async function messages(site) {
  return await (await fetch(`${site.sandbox.url}/_sandbox/messages`)).json();
}

/** Resolves with the seconds that it took until so many messages are there. */
export async function untilSent(site, count, { withinMs = 3_600_000, onLook = () => undefined } = {}) {
  const begun = performance.now();
  for (;;) {
    const { length } = await messages(site);
    if (length >= count) return (performance.now() - begun) / 1000;
    if (performance.now() - begun > withinMs) throw new Error(`only ${length} of ${count} messages are there`);
    onLook(length);
    await sleep(LOOK_MS);
  }
}
