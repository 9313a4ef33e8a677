import { join } from 'node:path';
import { readSettings, upStateDir } from '../../../src/cli/shared/settings';
import { thisProcess } from '../../../src/lib/process-identity';
import { configDir, upFile } from '../../config/config-dir';
import { fakeIo } from '../support/fake-io';

const HOME = '/home/ops';
const CWD = '/srv/here';

function stateDir(state: string | undefined, variable?: string): string {
  const env = { HOME, ...(variable === undefined ? {} : { FERRY_STATE: variable }) };
  return upStateDir(fakeIo({ env, cwd: CWD }), state === undefined ? {} : { state });
}

test('up and down mean the same state directory as the commands that look for their Temporal there', () => {
  expect(stateDir('own')).toBe(join(CWD, 'own'));
  expect(stateDir('/var/lib/ferry', 'other')).toBe('/var/lib/ferry');
  expect(stateDir(undefined, 'own')).toBe(join(CWD, 'own'));
  // No shell expands it in a unit's Environment= or behind an equals sign.
  expect(stateDir(undefined, '~/own')).toBe(join(HOME, 'own'));
  expect(stateDir('~/own')).toBe(join(HOME, 'own'));
  expect(stateDir(undefined)).toBe(join(HOME, '.local/state/ferry'));
});

test('What ferry init wrote here is what commands mean here, beside a default up as well', async () => {
  const files = configDir();
  const stateDir = join(files.dir, 'home/.local/state/ferry');
  const sandbox = '[accounts.sandbox]\naccountId = "12345678"\n';
  files.put('home/.local/state/ferry/up.json', JSON.stringify(upFile(stateDir, { up: thisProcess() })));
  files.put('home/.local/state/ferry/ferry.toml', `defaultAccount = "sandbox"\n${sandbox}`);
  const io = fakeIo({ env: files.env, cwd: files.dir });
  const defaultNow = async (flags = {}): Promise<string | null> =>
    (await readSettings(io, flags)).config.defaultAccount;
  expect(await defaultNow()).toBe('sandbox');
  files.put('ferry.toml', 'defaultAccount = "acme"\n[accounts.acme]\naccountId = "1"\n');
  expect(await defaultNow()).toBe('acme');
  expect(Object.keys((await readSettings(io, {})).config.accounts)).toEqual(['acme', 'sandbox']);
  expect(await defaultNow({ state: stateDir })).toBe('sandbox');
  files.remove();
});
