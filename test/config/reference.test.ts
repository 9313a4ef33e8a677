import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../src/config';
import { keyReference } from './key-reference';
import { documentedKeys, keysAt } from '../../src/config/schema-walk';
import { configDir } from './config-dir';

const PAGE = join(__dirname, '../../docs/configuration.md');
const PARTS = /(<!-- generated [^\n]*-->\n)(?:([\s\S]*)\n)?(<!-- end of generated -->)/;

test('docs/configuration.md has every key of the schema, as the schema has it', () => {
  const page = readFileSync(PAGE, 'utf8');
  const wanted = page.replace(
    PARTS,
    (_all, start: string, _old, end: string) => `${start}\n${keyReference()}\n\n${end}`,
  );
  if (process.env['UPDATE_DOCS'] === '1') writeFileSync(PAGE, wanted);
  expect(wanted).toContain('`maxBytes`');
  expect(readFileSync(PAGE, 'utf8')).toBe(wanted);
});

test('every key is documented: a meaning, a type, and a default, or that it is required', () => {
  const keys = documentedKeys();
  for (const { path, doc } of keys) {
    expect({ path, ...doc }).toMatchObject({ meaning: expect.stringMatching(/\w/), type: expect.stringMatching(/\w/) });
  }
  const documented = keys.map(({ path }) => path.join('.'));
  for (const table of [[], ['accounts', 'NAME'], ['accounts', 'NAME', 'login'], ['accounts', 'NAME', 'consumer']]) {
    for (const key of keysAt(table)) expect([...documented, 'accounts']).toContain([...table, key].join('.'));
  }
});

test('the example of the page is valid', () => {
  const example = /```toml\n([\s\S]*?)```/.exec(readFileSync(PAGE, 'utf8'))?.[1] ?? '';
  const files = configDir();
  try {
    files.put('ferry.toml', example);
    const { accounts } = loadConfig({ env: files.env, cwd: files.dir });
    expect(accounts['acme']).toMatchObject({ accountId: '12345678', consumer: { name: 'ops' } });
  } finally {
    files.remove();
  }
});

test('the defaults of the page are the defaults of the program', () => {
  const files = configDir();
  try {
    files.put('ferry.toml', '[accounts.bare]\naccountId = "1"\n\n[[notify]]\nname = "x"\nurl = "y"\nsecretEnv = "Z"\n');
    const { accounts, ...top } = loadConfig({ env: files.env, cwd: files.dir });
    const bare = accounts['bare'];
    const flat = {
      ...top,
      ...bare,
      'notify.format': top.notify[0]?.format,
      'notify.privateHosts': top.notify[0]?.privateHosts,
      'consumer.mode': bare?.consumer.mode,
      'consumer.name': bare?.consumer.name,
      'files.types': bare?.files.types,
      'files.maxBytes': bare?.files.maxBytes,
      'files.maxFetchBytes': bare?.fetched.maxBytes,
      'files.fetchedMode': `0${bare?.fetched.mode.toString(8)}`,
    } as Record<string, unknown>;
    const withDefault = documentedKeys().filter(
      ({ path, doc }) => doc.default !== undefined && !path.includes('directories'),
    );
    expect(withDefault.length).toBeGreaterThan(5);
    for (const { path, doc } of withDefault) {
      const name = path.slice(path[0] === 'accounts' ? 2 : 0).join('.');
      expect({ name, is: flat[name] }).toEqual({ name, is: JSON.parse(doc.default ?? '') });
    }
  } finally {
    files.remove();
  }
});
