import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKit } from './support/run-kit';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-chaos-test-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('In a short storm nothing is lost, doubled, corrupt or stuck, and it leaves nothing behind.', async () => {
  const log = join(directory, 'run.jsonl');
  const { code, stdout } = await runKit(
    ['--transfers', '8', '--minutes', '0.25', '--seed', '4', '--log', log],
    directory,
  );
  expect({ code, stdout }).toEqual({ code: 0, stdout });
  expect(stdout).toMatch(/^transfers +8, 8 done/m);
  // What the parts had written lay in a directory of the run's own.
  expect(await readdir(directory)).toEqual(['run.jsonl']);
  const [first = ''] = (await readFile(log, 'utf8')).split('\n', 1);
  expect(JSON.parse(first)).toMatchObject({ what: 'plan', plan: { seed: 4 } });
}, 600_000);
