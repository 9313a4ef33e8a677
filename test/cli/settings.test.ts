import { join } from 'node:path';
import { upStateDir } from '../../src/cli/settings';
import { fakeIo } from './support/fake-io';

const HOME = '/home/ops';
const CWD = '/work/here';

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
