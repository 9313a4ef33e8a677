import { destinationOf, loadConfig } from '../../src/config';
import { configDir, thrownBy, type ConfigDir } from './config-dir';

let files: ConfigDir;
beforeEach(() => {
  files = configDir();
});
afterEach(() => files.remove());

function load(toml: string) {
  files.put('ferry.toml', toml);
  return loadConfig({ env: files.env, cwd: files.dir });
}

function refusal(toml: string): string {
  return thrownBy(() => load(toml)).message.replaceAll(`${files.dir}/`, '');
}

test('URL and secret of a receiver come from files or variables, and are read when a message goes.', () => {
  const { notify } = load(
    '[[notify]]\nname = "ops"\nurlFile = "ops.url"\nsecretEnv = "OPS"\n\n[[notify]]\nname = "b"\nformat = "slack"\nurl = "https://b"\non = ["failed"]\n',
  );
  files.put('ops.url', 'https://hooks.example.com/x\n', 0o600);
  const [ops, other] = notify;
  expect(destinationOf(ops!, { OPS: 'whsec_x' })).toEqual({
    name: 'ops',
    format: 'standard',
    url: 'https://hooks.example.com/x',
    secret: 'whsec_x',
    privateHosts: [],
  });
  expect(ops?.on).toContain('scheduleMissed');
  expect(other).toMatchObject({ format: 'slack', url: 'https://b', secret: null, on: ['failed'], accounts: null });
});

test.each([
  ['no URL', '[[notify]]\nname = "a"\nformat = "slack"\n', 'notify.0 needs exactly one of url, urlFile and urlEnv'],
  ['no secret', '[[notify]]\nname = "a"\nurl = "https://x"\n', 'notify.0 needs secretFile or secretEnv'],
  [
    'an unknown key',
    '[[notify]]\nname = "a"\nurll = "https://x"\n',
    'there is no key notify.0.urll; did you mean url?',
  ],
  ['a secret in clear', '[[notify]]\nname = "a"\nsecret = "whsec_x"\n', 'this file does not hold secrets; use one of'],
  ['an unknown reason', '[[notify]]\nname = "a"\non = ["parkd"]\n', 'must be one of "parked"'],
  [
    'the same name twice',
    '[[notify]]\nname = "a"\nformat = "slack"\nurl = "u"\n[[notify]]\nname = "a"\nformat = "slack"\nurl = "u"\n',
    'notify.1.name is the name of an earlier [[notify]]',
  ],
])('A [[notify]] with %s is refused with its key.', (_what, toml, words) => {
  expect(refusal(toml)).toContain(words);
});
