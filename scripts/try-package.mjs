// node scripts/try-package.mjs [MAJOR...]: packs what is built, installs the package for all into an empty prefix under
// each major version of Node (20, 22, 24), with and without NODE_ENV=production, and runs `ferry demo` there. Exit code
// 0: every demo went well. Other versions of Node come from the packages node-SYSTEM-CPU.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const MAJORS = process.argv.length > 2 ? process.argv.slice(2) : ['20', '22', '24'];
const QUIET = ['--prefer-offline', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];

const { PATH, HOME = homedir(), TEMPORAL_CLI_PATH } = process.env;
const settings = Object.entries(process.env).filter(([name]) =>
  /^npm_config_(?!prefix|global|local)|^NODE_EXTRA_CA_CERTS$|_proxy$/i.test(name),
);
/** As a user's shell: an empty HOME, but the caches of this machine. */
const shellOf = (home) => ({
  ...Object.fromEntries(settings),
  PATH,
  HOME: home,
  npm_config_cache: process.env.npm_config_cache ?? join(HOME, '.npm'),
  npm_config_userconfig: process.env.npm_config_userconfig ?? join(HOME, '.npmrc'),
  XDG_CACHE_HOME: process.env.XDG_CACHE_HOME ?? join(HOME, '.cache'),
  ...(TEMPORAL_CLI_PATH === undefined ? {} : { TEMPORAL_CLI_PATH }),
});

const work = mkdtempSync(join(tmpdir(), 'ferry-package-'));
let failed = 0;
try {
  const packed = run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', work], ROOT, shellOf(work));
  const tarball = join(work, JSON.parse(packed)[0].filename);
  for (const major of MAJORS) {
    const node = nodeOf(major);
    for (const production of [false, true]) failed += tryOne(node, tarball, production) ? 0 : 1;
  }
} finally {
  rmSync(work, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

/** @returns the directory of a `node` of this major version */
function nodeOf(major) {
  if (process.versions.node.split('.')[0] === major) return dirname(process.execPath);
  const name = `node-${process.platform}-${process.arch}`;
  const prefix = join(work, `node-${major}`);
  mkdirSync(prefix);
  run('npm', ['install', `--prefix=${prefix}`, ...QUIET, `${name}@${major}`], prefix, shellOf(work));
  return join(prefix, 'node_modules', name, 'bin');
}

function tryOne(bin, tarball, production) {
  const home = mkdtempSync(join(work, 'home-'));
  const prefix = join(home, 'prefix');
  const shell = shellOf(home);
  const env = {
    ...shell,
    PATH: `${join(prefix, 'bin')}:${bin}:${shell.PATH}`,
    ...(production ? { NODE_ENV: 'production' } : {}),
  };
  const version = run('node', ['--version'], home, env).trim();
  const words = `Node ${version}${production ? ', NODE_ENV=production' : ''}`;
  try {
    const begun = performance.now();
    run('npm', ['install', '--global', `--prefix=${prefix}`, ...QUIET, tarball], home, env);
    const installed = performance.now();
    const ferry = run('ferry', ['--version'], home, env).trim();
    const demo = spawnSync('ferry', ['demo'], { cwd: home, env, encoding: 'utf8', timeout: 120_000 });
    const ended = performance.now();
    if (demo.status !== 0) throw new Error(`ferry demo ended with ${demo.status ?? demo.signal}:\n${demo.stderr}`);
    const seconds = (from, to) => `${((to - from) / 1000).toFixed(0)} s`;
    console.log(
      `${words}: ferry ${ferry}, installed in ${seconds(begun, installed)}, demo ${seconds(installed, ended)}`,
    );
    return true;
  } catch (error) {
    console.log(`${words}: FAILED\n${error.message}`);
    return false;
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
}

function run(program, args, cwd, env) {
  return execFileSync(program, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
