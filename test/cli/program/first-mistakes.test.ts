/** What people type wrong at first, and what they meet when something around Ferry is broken. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../../../src/cli/program/run';
import { documents, fakeIo, type FakeIo } from '../support/fake-io';

const MAIN = join(__dirname, '../../../dist/cli/main.js');

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'ferry-first-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function ioIn(cwd: string): FakeIo {
  return fakeIo({ env: { HOME: home }, cwd });
}

async function ferry(...args: string[]): Promise<{ readonly code: number; readonly err: string; readonly io: FakeIo }> {
  const io = ioIn(home);
  const code = await run(args, io);
  return { code, err: io.err(), io };
}

/** The user's own configuration, which needs no trust. */
function configure(toml: string): void {
  mkdirSync(join(home, '.config/ferry'), { recursive: true });
  writeFileSync(join(home, '.config/ferry/ferry.toml'), toml);
}

const ACCOUNT = '[accounts.acme]\naccountId = "12345678"\n';

test('Without ferry up and without ferry.toml, send names both ways on: to practise, and for a real account.', async () => {
  const { code, err } = await ferry('send', 'photo.jpg');
  expect(code).toBe(2);
  expect(err).toContain('run ferry up in another terminal');
  expect(err).toContain('run ferry init NAME');
  expect(err).not.toContain('Add it');
});

test('An empty file name is refused as such, not as a directory.', async () => {
  configure(ACCOUNT);
  const { code, err } = await ferry('send', '');
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('The name of a file is empty.') });
});

test('A file that is named like a flag gets the hint how to write its name.', async () => {
  expect((await ferry('send', '-rf.png')).err).toContain('write ./-rf.png');
  expect((await ferry('send', '--agian', 'a.png')).err).not.toContain('./');
});

test('Flags that all commands have may stand before the name of the command.', async () => {
  const { code, err } = await ferry('--state', join(home, 'mine'), 'list');
  expect({ code, err }).toEqual({ code: 4, err: expect.stringContaining(`state directory ${join(home, 'mine')}`) });
  const json = await ferry('--json', 'list');
  expect(documents(json.io)).toEqual([expect.objectContaining({ type: 'error' })]);
  expect((await ferry('--state', '', 'list')).err).toContain('has an empty value');
});

test('The advice to start a ferry up can be typed as it stands.', async () => {
  expect((await ferry('list', '--state', join(home, 'run #1'))).err).toContain(
    `ferry up --state '${join(home, 'run #1')}'.`,
  );
});

test.each([['list'], ['status'], ['cancel', 'x'], ['pause', 'x'], ['resume', 'x'], ['retry', 'x'], ['watch', 'x']])(
  'A fault in ferry.toml does not hinder %s, which needs no account.',
  async (...args) => {
    configure('[accounts\n');
    expect((await ferry(...args)).code).toBe(4);
    expect((await ferry('send', 'a.png')).code).toBe(2);
  },
);

test('The practice account is not written as an account of LivePerson.', async () => {
  const { code, err } = await ferry('init', 'sandbox');
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining('practice account') });
  expect(readdirSync(home)).toEqual([]);
});

test('ferry down names the state directory on which nothing runs.', async () => {
  const { io } = await ferry('down', '--state', join(home, 'mine'));
  expect(io.out()).toBe(`Nothing runs on the state directory ${join(home, 'mine')}.\n`);
});

test('Ctrl-C while files are looked at ends with 130 and says that nothing was started.', async () => {
  configure(ACCOUNT);
  writeFileSync(join(home, 'plan.txt'), 'the plan');
  const io = ioIn(home);
  io.interrupt();
  expect(await run(['send', 'plan.txt', '--dry-run', '--json'], io)).toBe(130);
  expect(io.err()).toContain('nothing was started');
  expect(documents(io)).toEqual([]);
});

test.each([[[]], [['--json']]])('In a working directory that was deleted there is one sentence, with %j.', (more) => {
  const gone = join(home, 'gone');
  mkdirSync(gone);
  const command = `cd '${gone}' && rmdir '${gone}' && exec '${process.execPath}' '${MAIN}' list ${more.join(' ')}`;
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8', env: { HOME: home } });
  expect(status).toBe(2);
  expect(stderr).toBe('ferry: The working directory was deleted. Change to a directory that exists. [USAGE]\n');
  expect(stdout.split('\n').filter(Boolean)).toHaveLength(more.length);
});

test('Names in a list that are not UTF-8 are told with their byte, and --skip-bad sends the rest.', async () => {
  configure(`${ACCOUNT}files = { types = ["TXT"] }\n`);
  for (const name of ['caf\\351.txt', 'plan.txt']) {
    execFileSync('sh', ['-c', `printf 'the plan' > "$(printf '${name}')"`], { cwd: home });
  }
  writeFileSync(join(home, 'list'), Buffer.from('caf\xe9.txt\0plan.txt\0', 'latin1'));
  const { code, err, io } = await ferry('send', '--files-from', 'list', '--skip-bad', '--dry-run');
  expect(code).toBe(3);
  expect(err).toContain('it has the byte 0xE9 at offset 3');
  expect(io.out()).toContain('would send plan.txt');
});
