import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testCacheDir } from '../support/temporal';

/** The first version whose histories every later one takes on. */
export const FROZEN_SINCE = 'v0.2.0-rc.1';

/** A version of Ferry installed from its package, as a user has it. */
export interface InstalledRelease {
  readonly version: string;
  readonly commit: string;
  /** Its command line, for Node. */
  readonly cli: string;
}

const ROOT = join(__dirname, '../..');

const QUIET = ['--loglevel=error'] as const;

/**
 * Builds the package of a commit and installs it into a prefix, once for each commit. Both are kept in
 * `XDG_CACHE_HOME/ferry/releases/`.
 *
 * @param ref a tag or another name that git knows
 * @throws Error with a sentence for people when there is no such commit
 */
export function installRelease(ref: string, say: (line: string) => void): InstalledRelease {
  const commit = commitOf(ref);
  const kept = join(testCacheDir, 'releases', commit);
  if (!existsSync(kept)) {
    say(`Building the package of ${ref} (${commit.slice(0, 12)})`);
    const fresh = `${kept}.${process.pid}`;
    mkdirSync(fresh, { recursive: true });
    try {
      install(packageOf(commit, fresh), join(fresh, 'prefix'));
      renameSync(fresh, kept);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  const home = join(kept, 'prefix/lib/node_modules/@ferry-transfers/ferry');
  const { version } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8')) as { version: string };
  return { version, commit, cli: join(home, 'dist/cli/main.js') };
}

function commitOf(ref: string): string {
  try {
    const args = ['rev-parse', '--verify', '--quiet', `${ref}^{commit}`];
    return execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch (error) {
    throw new Error(`Git knows no commit ${ref}: fetch the tags, or name another one with --from.`, { cause: error });
  }
}

/** @returns the path of the tarball, in the directory */
function packageOf(commit: string, directory: string): string {
  const clone = mkdtempSync(join(tmpdir(), 'ferry-release-'));
  const inClone = (program: string, ...args: readonly string[]): void => run(program, args, { cwd: clone });
  try {
    const archive = join(clone, 'archive.tar');
    run('git', ['archive', '--format=tar', `--output=${archive}`, commit], { cwd: ROOT });
    inClone('tar', '-xf', archive);
    rmSync(archive);
    // Its script `prepare` compiles.
    inClone('npm', 'ci', '--prefer-offline', ...QUIET);
    inClone('npm', 'pack', '--ignore-scripts', '--pack-destination', directory, ...QUIET);
  } finally {
    rmSync(clone, { recursive: true, force: true });
  }
  const [tarball, ...more] = readdirSync(directory).filter((name) => name.endsWith('.tgz'));
  if (tarball === undefined || more.length > 0) throw new Error(`npm pack made ${more.length} packages too many.`);
  return join(directory, tarball);
}

function install(tarball: string, prefix: string): void {
  const args = ['install', '--global', `--prefix=${prefix}`, '--prefer-offline', tarball, ...QUIET];
  run('npm', args, { cwd: tmpdir() });
}

/** What the program says goes to stderr: stdout is for the results of drills. */
function run(program: string, args: readonly string[], options: ExecFileSyncOptions): void {
  execFileSync(program, args, { ...options, stdio: ['ignore', 2, 2] });
}
