import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cpuSeconds, ferry, startUp } from './support.mjs';

/** A job as a person starts it: `ferry job start DIR` until it ends, with the check of its files, Temporal and worker. */
export async function openJob(sandbox, directory) {
  await mkdir(directory, { recursive: true });
  const config = join(directory, 'ferry.toml');
  await writeFile(join(directory, 'password'), 'sandbox\n', { mode: 0o600 });
  await writeFile(config, configuration(sandbox.host));
  const up = await startUp(directory, '--config', config, '--no-sandbox');
  const env = { ...up.env, FERRY_CONFIG: config };
  const { temporal, worker } = up.info.pids;
  return {
    /** CPU seconds of the processes that the job runs in, its command left out. */
    cpu: () => cpuSeconds(temporal) + cpuSeconds(worker),
    async run(files, round) {
      const [folder] = new Set(files.map(({ path }) => join(path, '..')));
      const name = `round-${round}`;
      const documents = await ferry(env, 'job', 'start', folder, '--name', name, '--again', '--json');
      const { counts } = documents.at(-1);
      if (counts.done !== files.length) throw new Error(`the job has sent ${counts.done} of ${files.length} files`);
    },
    close: () => up.stop(),
  };
}

export function configuration(host) {
  return [
    'defaultAccount = "bench"',
    '[accounts.bench]',
    'accountId = "12345678"',
    `domain = "${host}"`,
    'plaintext = true',
    'enableFileSharing = true',
    'login = { username = "ops", passwordFile = "password" }',
    'consumer = { mode = "signup", name = "ops" }',
    'files = { types = ["JPG", "PNG"], maxBytes = 3000000 }',
    '',
  ].join('\n');
}
