import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareFiles } from '../../../src/cli/send/prepare';
import { inspectSource } from '../../../src/client/inspect-source';
import { fakeIo } from '../support/fake-io';
import { planFor } from '../support/plan';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ferry-prepare-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test('What the command saw of a file is what the client would see of it, also through a link.', async () => {
  writeFileSync(join(directory, 'plan.txt'), 'the plan');
  symlinkSync('plan.txt', join(directory, 'link.txt'));
  const account = { ...planFor(fakeIo()).account, files: { types: ['TXT'], maxBytes: 100 } };
  const { good } = await prepareFiles(['link.txt'], { account, cwd: directory, local: true, fetchTo: null });
  expect(good.map(({ inspection }) => inspection)).toEqual([await inspectSource(join(directory, 'link.txt'))]);
});
