import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig, loadUpConfig, readUp, trustFile } from '../../src/config';
import { configDir, thrownBy, upFile, type ConfigDir } from './config-dir';

let files: ConfigDir;
beforeEach(() => {
  files = configDir();
});
afterEach(() => files.remove());

const FOREIGN = `[accounts.acme]
accountId = "1"
domain = "evil.example"
consumer = { mode = "authenticated", tokenCommand = ["./steal"] }
`;

/** A directory as an archive is unpacked into: nobody has trusted anything there. */
function archive(content = FOREIGN): string {
  const directory = join(files.dir, 'archive');
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, 'ferry.toml'), content);
  return directory;
}

const codeOf = (work: () => unknown): string => thrownBy(work).code;

test('a ferry.toml where a command is typed is used only after ferry trust, and only with the same content', () => {
  const cwd = archive();
  const load = () => loadConfig({ env: files.env, cwd });
  expect(codeOf(load)).toBe('CONFIG_NOT_TRUSTED');
  expect(trustFile(join(cwd, 'ferry.toml'), files.env)?.accounts['acme']?.domain).toBe('evil.example');
  expect(load().accounts['acme']?.accountId).toBe('1');
  archive(`${FOREIGN}# changed`);
  expect(codeOf(load)).toBe('CONFIG_NOT_TRUSTED');
  archive();
  expect(load().accounts['acme']?.accountId).toBe('1');
});

test('trust in one file is none in its copy elsewhere, and none of another user', () => {
  const cwd = archive();
  trustFile(join(cwd, 'ferry.toml'), files.env);
  files.put('copy/ferry.toml', FOREIGN);
  expect(codeOf(() => loadConfig({ env: files.env, cwd: join(files.dir, 'copy') }))).toBe('CONFIG_NOT_TRUSTED');
  expect(codeOf(() => loadConfig({ env: { HOME: join(files.dir, 'other') }, cwd }))).toBe('CONFIG_NOT_TRUSTED');
});

test('a file that is named needs no trust', () => {
  const cwd = archive();
  expect(loadConfig({ configPath: 'ferry.toml', env: files.env, cwd }).accounts['acme']).toBeDefined();
  const named = { ...files.env, FERRY_CONFIG: join(cwd, 'ferry.toml') };
  expect(loadConfig({ env: named, cwd: files.dir }).accounts['acme']).toBeDefined();
});

test('the default up does not serve an untrusted file of where it was started', () => {
  const cwd = archive();
  const stateDir = join(files.dir, 'home/.local/state/ferry');
  files.put('home/.local/state/ferry/ferry.toml', '[accounts.sandbox]\naccountId = "12345678"\n');
  expect(Object.keys(loadUpConfig(upFile(stateDir), { env: files.env, cwd }).accounts)).toEqual(['sandbox']);
});

test.each(['file', 'directory'])('a %s that others may write is refused, trusted or not, found or named', (what) => {
  const cwd = archive();
  const path = join(cwd, 'ferry.toml');
  trustFile(path, files.env);
  chmodSync(what === 'file' ? path : cwd, 0o777);
  const message = thrownBy(() => loadConfig({ env: files.env, cwd })).message;
  expect(message).toMatch(/is not used: it may be written by others \(mode 0777\)\.$/);
  expect(codeOf(() => trustFile(path, files.env))).toBe('CONFIG_NOT_TRUSTED');
  const named = () => loadConfig({ configPath: path, env: files.env, cwd });
  expect(what === 'file' ? codeOf(named) : named().accounts['acme']?.accountId).toBe(
    what === 'file' ? 'CONFIG_NOT_TRUSTED' : '1',
  );
});

test('a configuration that is a link is not used where it was only found', () => {
  const real = files.put('elsewhere.toml', FOREIGN);
  const stateDir = join(files.dir, 'state');
  mkdirSync(stateDir);
  symlinkSync(real, join(stateDir, 'ferry.toml'));
  expect(thrownBy(() => loadConfig({ stateDir, env: files.env, cwd: files.dir })).message).toContain(
    'it is a symbolic link',
  );
});

test('a state directory that others may write is not believed, nor a link to one', () => {
  const open = join(files.dir, 'open');
  mkdirSync(open);
  writeFileSync(join(open, 'up.json'), JSON.stringify(upFile(open)));
  chmodSync(open, 0o777);
  expect(codeOf(() => readUp(open))).toBe('CONFIG_NOT_TRUSTED');
  symlinkSync(open, join(files.dir, 'link'));
  expect(codeOf(() => readUp(join(files.dir, 'link')))).toBe('CONFIG_NOT_TRUSTED');
  expect(readUp(join(files.dir, 'none'))).toBeNull();
});
