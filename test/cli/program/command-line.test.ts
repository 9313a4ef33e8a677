/** The command line as scripts meet it, without any Temporal: usage, suggestions, exit codes, purity of stdout. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePng } from '../../../src/cli/demo/picture';
import { run as runFerry } from '../../../src/cli/program/run';
import { documents, fakeIo } from '../support/fake-io';

const COMMANDS = [
  'send',
  'fetch',
  'status',
  'list',
  'watch',
  'cancel',
  'demo',
  'up',
  'down',
  'worker',
  'sandbox',
  'init',
  'doctor',
  'explain',
  'completion',
];

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly documents: Record<string, unknown>[];
  readonly tookMs: number;
}

async function ferry(args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Run> {
  const io = fakeIo({ cwd, env });
  const startedAt = performance.now();
  const code = await runFerry(args, io);
  const tookMs = performance.now() - startedAt;
  return { code, stdout: io.out(), stderr: io.err(), documents: args.includes('--json') ? documents(io) : [], tookMs };
}

describe('the command line', () => {
  const home = mkdtempSync(join(tmpdir(), 'ferry-cli-'));
  // Nothing of this machine's configuration may be found.
  const bare = { HOME: home, PATH: process.env['PATH'] };
  const run = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Run> =>
    ferry(args, home, { ...bare, ...env });
  const config = `defaultAccount = "acme"\n[accounts.acme]\naccountId = "12345678"\nconsumer = { mode = "signup", name = "ops" }\n`;
  beforeAll(() => {
    writeFileSync(join(home, 'acme.toml'), config);
    writeFileSync(join(home, 'a.png'), encodePng({ width: 2, height: 2, pixels: Buffer.alloc(12, 99) }));
  });
  afterAll(() => rmSync(home, { recursive: true, force: true }));

  test('every command has help with an example that begins with its own name', async () => {
    const helps = await Promise.all(COMMANDS.map(async (name) => ({ name, ...(await run([name, '--help'])) })));
    for (const { name, code, stdout } of helps) {
      expect({ name, code }).toEqual({ name, code: 0 });
      expect(stdout).toMatch(new RegExp(`Examples?:[^]*ferry ${name}`));
    }
  });

  test.each([
    [['send', '--help', '--json'], 'help', /^Usage: ferry send/],
    [['--json', 'help', 'send'], 'help', /^Usage: ferry send/],
    [['--json', '--version'], 'version', /^\d+\.\d+\.\d+/],
  ])('%j prints one document, and the text for people on stderr', async (args, key, text) => {
    const { code, stderr, documents } = await run(args);
    expect(code).toBe(0);
    expect(documents).toEqual([{ type: 'status', v: 1, [key]: expect.stringMatching(text) }]);
    expect(stderr).toMatch(text);
  });

  test.each([[[]], [['job']], [['schedule']]])(
    '%j without a command is refused as one error with --json',
    async (args) => {
      const { code, documents } = await run([...args, '--json']);
      expect(code).toBe(2);
      expect(documents).toEqual([{ type: 'error', v: 1, error: expect.objectContaining({ code: 'USAGE' }) }]);
      expect(await run(args)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringMatching(/^Usage: ferry/) });
    },
  );

  test('--json behind -- is the name of a file', async () => {
    expect(await run(['sned', '--', '--json'])).toMatchObject({ code: 2, stdout: '' });
  });

  test('the help of ferry names every command and the exit codes', async () => {
    const { code, stdout } = await run(['--help']);
    expect(code).toBe(0);
    for (const name of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
    expect(stdout).toMatch(/Exit codes: 0 done, 1 fault/);
  });

  test.each([
    [['sned', 'a.png'], 'Did you mean send?'],
    [['send', '--jsno', 'a.png'], 'Did you mean --json?'],
    [['explain', 'URL_REFUSD'], 'Did you mean URL_REFUSED?'],
    [['send', 'a.png', '--account', 'acm', '--config', 'acme.toml'], 'acme'],
  ])('%j is refused with a suggestion and exit 2', async (args, hint) => {
    const { code, stdout, stderr } = await run(args, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(hint);
  });

  test.each([
    [['send', 'a.png', '--timeout', '5'], '90s'],
    [['send', 'a.png', '--deadline', 'soon'], '7d'],
    [['list', '--limit', '0'], 'greater than 0'],
    [['up', '--temporal-port', '70000'], '65535'],
    [['watch'], 'id'],
    [['watch', 'a', 'b'], 'Too many'],
    [['send'], 'at least one file'],
    [['completion', 'tcsh'], 'bash, zsh and fish'],
  ])('%j is wrong usage: exit 2, one sentence, and with --json one error document', async (args, hint) => {
    const result = await run([...args, '--json', '--config', 'acme.toml'].filter(Boolean), {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(result.code).toBe(2);
    expect(result.documents).toEqual([
      {
        type: 'error',
        v: 1,
        error: expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(hint) }),
      },
    ]);
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });

  test('bad files refuse the whole with exit 2 and every reason, before anything is asked of Temporal', async () => {
    writeFileSync(join(home, 'empty.png'), '');
    writeFileSync(join(home, 'text.jpg'), 'no picture');
    const result = await run(
      ['send', 'nosuch.png', '.', 'empty.png', 'text.jpg', 'a.png', '--config', 'acme.toml', '--json'],
      {
        TEMPORAL_ADDRESS: '127.0.0.1:1',
      },
    );
    expect(result.code).toBe(2);
    const reasons = result.documents.map(({ error }) => error as { code: string; source: string });
    expect(reasons.map(({ code, source }) => [source, code])).toEqual([
      ['nosuch.png', 'SOURCE_MISSING'],
      ['.', 'NOT_A_FILE'],
      ['empty.png', 'EMPTY_FILE'],
      ['text.jpg', 'IMAGE_BROKEN'],
    ]);
    expect(result.stderr).toMatch(/^to acme \(12345678, LIVE\) as consumer ops\n/);
    expect(result.stderr).toContain('Nothing was sent: 4 of 5 files refused.');
  });

  test.each([
    ['send', 'a.png', '--consumer', ''],
    ['send', 'a.png', '--conversation', ''],
    ['send', 'a.png', '--fetch-to', ''],
    ['send', 'a.png', '--files-from', ''],
    ['send', 'a.png', '--state', ''],
    ['fetch', 'acme-plan', '--to', ''],
    ['list', '--account', ''],
    ['up', '--state', ''],
  ])('an empty value, as of a variable that is not set, is exit 2: %j', async (...args) => {
    const flag = args.at(-2);
    const result = await run([...args, '--config', 'acme.toml', '--json'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(result).toMatchObject({ code: 2, documents: [{ type: 'error', error: { code: 'USAGE' } }] });
    expect(result.stderr).toContain(`'${flag} <`);
  });

  test('a path that cannot lie in storage is exit 2, before anything is asked of Temporal', async () => {
    const args = ['fetch', '/v2/x.JPG', '--to', 'x.jpg', '--config', 'acme.toml', '--json'];
    const { code, documents: told } = await run(args, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(code).toBe(2);
    expect(told).toMatchObject([{ error: { code: 'USAGE', message: expect.stringContaining('/v2/x.JPG') } }]);
  });

  test('doctor names something to do for each NO, also where a transfer would only wait', async () => {
    writeFileSync(
      join(home, 'away.toml'),
      `[accounts.acme]\naccountId = "1"\ndomain = "127.0.0.1:1"\nplaintext = true\nconsumer = { mode = "signup", name = "ops" }\n`,
    );
    const args = ['doctor', '--config', 'away.toml', '--account', 'acme', '--json'];
    const { code, documents: told } = await run(args, { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(code).toBe(3);
    const problems = told.filter(({ result }) => result === 'no');
    expect(problems.map(({ check }) => check)).toEqual(expect.arrayContaining(['Temporal', 'discovery', 'socket']));
    for (const { check, remedy } of problems) {
      expect({ check, remedy }).toEqual({ check, remedy: expect.not.stringContaining('Nothing to do') });
    }
  });

  test('a caption of 1,001 characters is refused, one of 1,000 emoji is not', async () => {
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const send = ['send', 'a.png', '--config', 'acme.toml', '--dry-run', '--caption'];
    expect(await run([...send, 'x'.repeat(1001)], env)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('[CAPTION_TOO_LONG]'),
    });
    expect(await run([...send, '⛴'.repeat(1000)], env)).toMatchObject({ code: 0 });
  });

  test('--dry-run says what would be sent and asks nobody', async () => {
    const result = await run(['send', 'a.png', '--dry-run', '--json', '--config', 'acme.toml'], {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    expect(result.code).toBe(0);
    expect(result.documents).toEqual([
      expect.objectContaining({
        type: 'status',
        v: 1,
        dryRun: true,
        source: 'a.png',
        account: 'acme',
        fileType: 'PNG',
      }),
    ]);
  });

  test('two files of one base name and --fetch-to are refused', async () => {
    mkdirSync(join(home, 'copy'));
    writeFileSync(join(home, 'copy/a.png'), readFileSync(join(home, 'a.png')));
    const send = ['send', 'a.png', 'copy/a.png', '--config', 'acme.toml', '--dry-run', '--json'];
    const env = { TEMPORAL_ADDRESS: '127.0.0.1:1' };
    expect(await run(send, env)).toMatchObject({ code: 0 });
    const refused = await run([...send, '--fetch-to', 'out'], env);
    expect(refused.code).toBe(2);
    expect(refused.documents.map(({ error }) => (error as { source: string }).source)).toEqual(['a.png', 'copy/a.png']);
  });

  test('an unreachable Temporal is exit 4 within seconds, one sentence, no stack', async () => {
    const result = await run(['list', '--json'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(result.code).toBe(4);
    expect(result.tookMs).toBeLessThan(12_000);
    expect(result.documents).toEqual([
      { type: 'error', v: 1, error: expect.objectContaining({ code: 'TEMPORAL_UNREACHABLE' }) },
    ]);
    expect(result.stderr).toContain('Transfers are safe and go on when it is back. On this machine: ferry up.');
    expect(result.stderr.trim().split('\n')).toHaveLength(1);
  });

  test('a Temporal that accepts and never answers is exit 4 as well, in bounded time', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve);
    });
    const { port } = silent.address() as { port: number };
    try {
      const { code, tookMs } = await run(['status'], { TEMPORAL_ADDRESS: `127.0.0.1:${port}` });
      expect(code).toBe(4);
      expect(tookMs).toBeLessThan(15_000);
    } finally {
      for (const socket of sockets) socket.destroy();
      silent.close();
    }
  });

  test('a key that configuration does not know is exit 2 and named with its line', async () => {
    writeFileSync(join(home, 'bad.toml'), `${config}skilId = "1"\n`);
    const { code, stderr } = await run(['send', 'a.png', '--config', 'bad.toml'], { TEMPORAL_ADDRESS: '127.0.0.1:1' });
    expect(code).toBe(2);
    expect(stderr).toMatch(/bad\.toml.*5.*skilId/);
    expect(stderr).toContain('skillId');
  });

  test('every fault of a configuration is told on a line of its own, that can be read', async () => {
    writeFileSync(
      join(home, 'faults.toml'),
      `${config}login = { username = "ops", password = "x" }\nfiles = { types = ["PNG"], maxBytes = -1 }\n`,
    );
    const { code, stderr } = await run(['doctor', '--config', 'faults.toml']);
    expect(code).toBe(2);
    expect(stderr).not.toContain('\ufffd');
    expect(stderr).toMatch(/^ferry: .*faults\.toml, line 5: .*password is not a key.*\n +.*faults\.toml, line \d: /);
  });

  test('doctor tells credentials that are missing as the login, not as file sharing', async () => {
    writeFileSync(join(home, 'login.toml'), `${config}login = { username = "ops", passwordEnv = "NOT_SET" }\n`);
    const { documents: told } = await run(['doctor', '--config', 'login.toml', '--json'], {
      TEMPORAL_ADDRESS: '127.0.0.1:1',
    });
    const [finding] = told.filter(({ message }) => String(message).includes('NOT_SET'));
    expect(finding).toMatchObject({ check: 'login', result: 'no' });
  });

  test('init writes a configuration that works and a secret key, and overwrites neither', async () => {
    const dir = mkdtempSync(join(home, 'init-'));
    const env = { ...bare, TEMPORAL_ADDRESS: '127.0.0.1:1' };
    const first = await ferry(['init', 'acme'], dir, env);
    expect(first).toMatchObject({ code: 0, stdout: expect.stringContaining('ferry doctor --account acme') });
    expect(statSync(join(dir, 'seal.key')).mode & 0o777).toBe(0o600);
    const written = readFileSync(join(dir, 'ferry.toml'), 'utf8');
    writeFileSync(join(dir, 'a.png'), readFileSync(join(home, 'a.png')));
    expect(await ferry(['send', 'a.png', '--dry-run'], dir, env)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('to acme (12345678, LIVE) as consumer'),
    });
    expect(await ferry(['init', 'other'], dir, env)).toMatchObject({ code: 2 });
    expect(readFileSync(join(dir, 'ferry.toml'), 'utf8')).toBe(written);
  });

  test('init in a directory that cannot be written is wrong input, and no fault of Ferry', async () => {
    const gone = join(home, 'gone');
    expect(await ferry(['init', 'acme', '--json'], gone, bare)).toMatchObject({
      code: 2,
      documents: [{ error: { code: 'USAGE', message: expect.stringContaining(`${gone}/seal.key cannot be written`) } }],
    });
  });

  test('with --json a completion script too is one document, and nothing else stands on stdout', async () => {
    const [{ stdout: script }, { stdout, documents: told }] = await Promise.all([
      run(['completion', 'bash']),
      run(['completion', 'bash', '--json']),
    ]);
    expect(stdout.trimEnd().split('\n')).toHaveLength(1);
    expect(told).toMatchObject([{ type: 'status', v: 1, shell: 'bash', script }]);
  });

  test('completion scripts know every command and flag', async () => {
    const shells = await Promise.all(['bash', 'zsh', 'fish'].map((shell) => run(['completion', shell])));
    for (const { code, stdout } of shells) {
      expect(code).toBe(0);
      for (const name of COMMANDS) expect(stdout).toContain(name);
      expect(stdout).toContain('files-from');
    }
  });
});
