import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runDoctor } from '../../../src/cli/doctor/run';
import { documents, fakeIo } from '../support/fake-io';
import { environmentOf } from '../support/plan';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ferry-doctor-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('A certificate authority that cannot be read is one problem among the others, with its remedy', async () => {
  const account = ['accountId = "12345678"', 'domain = "127.0.0.1:1"', 'caFile = "nowhere.pem"'];
  writeFileSync(join(home, 'ferry.toml'), ['[accounts.acme]', ...account].join('\n'));
  const io = fakeIo({ env: { HOME: home }, cwd: home });
  expect(await runDoctor(environmentOf(io, true), {})).toBe(3);
  const found = documents(io).map(({ check, result, message }) => ({ check, result, message }));
  const told = found.filter(({ message }) => String(message).includes('nowhere.pem'));
  expect(told).toEqual([
    { check: 'authority', result: 'no', message: expect.stringContaining('caFile of account acme') },
  ]);
  expect(found).toContainEqual(expect.objectContaining({ check: 'configuration', result: 'ok' }));
});
