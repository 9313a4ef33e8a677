import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runKit } from './support/run-kit';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'ferry-chaos-test-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test('A job whose parts are all killed, and which is paused, has each line once and one message for each.', async () => {
  const size = ['--files', '300', '--lanes', '4', '--kills', '1', '--pauses', '1', '--seconds', '15', '--seed', '5'];
  const { code, stdout } = await runKit(['job', ...size], directory);
  expect({ code, stdout }).toEqual({ code: 0, stdout });
  expect(stdout).toMatch(/^files +300, 300 done/m);
  expect(stdout).toMatch(/^journal +300 rows/m);
  expect(stdout).toMatch(/^messages +300/m);
  expect(await readdir(directory)).toEqual([]);
}, 300_000);
