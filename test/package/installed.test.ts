import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { drawFerry, encodePng } from '../../src/cli/demo/picture';

const run = promisify(execFile);
const ROOT = join(__dirname, '../..');

/** An embedder's machine: an empty directory with the packed tarball installed, and a HOME of its own. */
interface Embedder {
  readonly directory: string;
  readonly env: NodeJS.ProcessEnv;
  readonly node: (script: string, ...args: readonly string[]) => Promise<string>;
  readonly ferry: (...args: readonly string[]) => Promise<string>;
}

async function install(): Promise<Embedder> {
  const directory = mkdtempSync(join(tmpdir(), 'ferry installed #1 %41 '));
  const { PATH, HOME = '/', TMPDIR, TEMPORAL_CLI_PATH, XDG_CACHE_HOME = join(HOME, '.cache') } = process.env;
  const known = { TMPDIR, TEMPORAL_CLI_PATH };
  const env: NodeJS.ProcessEnv = {
    PATH,
    HOME: directory,
    // The server program and npm's packages are fetched once on a machine, not once for each test.
    XDG_CACHE_HOME,
    npm_config_cache: process.env['npm_config_cache'] ?? join(HOME, '.npm'),
    NO_COLOR: '1',
    ...Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined)),
  };
  // npm's own settings (a mirror, a certificate) belong to the machine, not to Ferry.
  for (const [name, value] of Object.entries(process.env)) {
    if (/^npm_config_|^NODE_EXTRA_CA_CERTS$|_proxy$/i.test(name)) env[name] ??= value;
  }
  const userConfig = process.env['npm_config_userconfig'] ?? join(HOME, '.npmrc');
  const npm = (args: readonly string[], cwd: string) =>
    run('npm', [...args], { cwd, env: { ...env, npm_config_userconfig: userConfig }, maxBuffer: 16_000_000 });
  const { stdout } = await npm(['pack', '--ignore-scripts', '--json', '--pack-destination', directory], ROOT);
  const [{ filename }] = JSON.parse(stdout) as [{ readonly filename: string }];
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n');
  await npm(['install', '--prefer-offline', '--no-audit', '--no-fund', `./${filename}`], directory);
  return {
    directory,
    env,
    node: async (script, ...args) => (await run(process.execPath, [script, ...args], { cwd: directory, env })).stdout,
    ferry: async (...args) =>
      (await run(join(directory, 'node_modules/.bin/ferry'), [...args], { cwd: directory, env })).stdout,
  };
}

/** Compiles examples/ against the installed package. Node's types come with Ferry's own dependencies. */
async function compileExamples({ directory, env }: Embedder): Promise<void> {
  cpSync(join(ROOT, 'examples'), join(directory, 'examples'), { recursive: true });
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  await run(process.execPath, [tsc, '-p', 'examples'], { cwd: directory, env });
}

function startWorker({ directory, env }: Embedder): ChildProcess {
  return spawn(process.execPath, ['examples/built/worker.js'], {
    cwd: directory,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

describe('a program that has only the packed tarball', () => {
  let embedder: Embedder;
  beforeAll(async () => {
    embedder = await install();
    await compileExamples(embedder);
  }, 300_000);
  afterAll(() => rmSync(embedder.directory, { recursive: true, force: true }));

  test('sends a file with examples/send.ts through the worker of examples/worker.ts, and prints its receipt', async () => {
    const { directory, env, ferry, node } = embedder;
    const state = join(directory, 'state');
    Object.assign(env, { FERRY_STATE: state });
    writeFileSync(join(directory, 'plan.png'), encodePng(drawFerry(60, 40)));
    const ports = ['--temporal-port', '0', '--ui-port', '0', '--sandbox-port', '0'];
    await ferry('up', '--state', state, ...ports, '--no-worker', '--detach');
    const worker = startWorker(embedder);
    try {
      const receipt = JSON.parse(await node('examples/built/send.js', 'plan.png')) as Record<string, unknown>;
      expect(receipt).toMatchObject({ source: join(directory, 'plan.png'), fileType: 'PNG', repeated: false });
      expect(receipt['sequence']).toEqual(expect.any(Number));
      expect(readFileSync(join(directory, 'plan.png')).length).toBe(receipt['sizeBytes']);
      const ended = new Promise<number | null>((resolve) => worker.once('exit', resolve));
      worker.kill('SIGTERM');
      expect(await ended).toBe(0);
    } finally {
      worker.kill('SIGKILL');
      await ferry('down', '--state', state);
    }
  }, 120_000);

  test('cannot import anything but the two doors', async () => {
    const script = join(embedder.directory, 'other-door.js');
    writeFileSync(script, "require('@ferry-transfers/ferry/dist/client/connect.js');\n");
    await expect(embedder.node(script)).rejects.toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
  });
});
