import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir, hostname, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { checkStateDir, payloadKeyPath, upFilePath } from '../config';
import { FerryError, isFerryError } from '../errors';
import { createFile } from '../lib/atomic-file';
import type { Env } from '../lib/env';
import { makeDirectory } from '../lib/make-directory';
import { hasSystemCode, systemCode } from '../lib/system-code';

/** The paths in the state directory of an `up`. */
export interface StatePaths {
  readonly root: string;
  readonly upFile: string;
  readonly lock: string;
  readonly config: string;
  readonly sealKey: string;
  readonly payloadKey: string;
  readonly hostId: string;
  readonly sandboxPassword: string;
  readonly temporalDir: string;
  /** The record of the Temporal server that runs on the database file, with its owner. */
  readonly temporalRecord: string;
  readonly sandboxDir: string;
  readonly logDir: string;
}

export type PartName = 'temporal' | 'sandbox' | 'worker';

export function statePaths(stateDir: string): StatePaths {
  const root = resolve(stateDir);
  const temporalDir = join(root, 'temporal');
  return {
    root,
    upFile: upFilePath(root),
    lock: join(root, 'up.lock'),
    config: join(root, 'ferry.toml'),
    sealKey: join(root, 'seal.key'),
    payloadKey: payloadKeyPath(root),
    hostId: join(root, 'host-id'),
    sandboxPassword: join(root, 'sandbox-password'),
    temporalDir,
    temporalRecord: join(temporalDir, 'running.json'),
    sandboxDir: join(root, 'sandbox'),
    logDir: join(root, 'logs'),
  };
}

export function logFile(paths: StatePaths, part: PartName | 'up'): string {
  return join(paths.logDir, `${part}.log`);
}

/**
 * Creates the directories.
 *
 * @throws {FerryError} CONFIG_NOT_TRUSTED when others may write one of them; NOT_CONFIGURED when the state directory
 *   cannot be created or written
 */
export function makeStateDirectories(paths: StatePaths): void {
  try {
    for (const directory of [paths.root, paths.temporalDir, paths.sandboxDir, paths.logDir]) {
      makeDirectory(directory);
      checkStateDir(directory);
    }
  } catch (cause) {
    throw stateDirError(paths.root, cause);
  }
}

/** The FerryError for an error of the system in the state directory. A FerryError stays as it is. */
export function stateDirError(root: string, cause: unknown): FerryError {
  if (isFerryError(cause)) return cause;
  if (hasSystemCode(cause, 'ENOSPC', 'EDQUOT')) {
    const remedy = 'Make room, then run the same command again.';
    return new FerryError('DISK_FULL', `There is no room left in the state directory ${root}.`, { cause, remedy });
  }
  const why = systemCode(cause) ?? String(cause);
  const message = `The state directory ${root} cannot be made or written (${why}).`;
  const remedy = 'Let the user that runs Ferry write there, or name another directory: --state DIR (or FERRY_STATE).';
  return new FerryError('NOT_CONFIGURED', message, { cause, remedy });
}

/** Creates the files that belong to the user from then on: configuration, keys, host id. */
export function makeStateFiles(paths: StatePaths, sandboxPort: number, env: Env): void {
  // There are two key rings. A client has only the ring for payloads, which does not open tokens of consumers.
  for (const path of [paths.sealKey, paths.payloadKey]) {
    if (!existsSync(path)) createFile(path, `${randomBytes(32).toString('base64')}\n`);
  }
  // This password is not a secret: the sandbox is for practice and listens on loopback. It is in a file because the
  // configuration takes no passwords.
  if (!existsSync(paths.sandboxPassword)) createFile(paths.sandboxPassword, 'sandbox\n');
  if (!existsSync(paths.config)) createFile(paths.config, firstConfig(sandboxPort, firstDirectories(env)));
}

/** The host id of this machine under this `up`. Created once, so that a renamed machine still serves its queues. */
export function embeddedHostId(paths: StatePaths): string {
  if (!existsSync(paths.hostId)) {
    const name =
      hostname()
        .toLowerCase()
        .replaceAll(/[^a-z0-9-]+/g, '-')
        .slice(0, 40) || 'host';
    createFile(paths.hostId, `${name}-${randomBytes(3).toString('hex')}\n`);
  }
  return readFileSync(paths.hostId, 'utf8').trim();
}

/**
 * The directories in which a new user probably has pictures: the home directory, the working directory of `up`, and the
 * directory for temporary files.
 */
function firstDirectories(env: Env): readonly string[] {
  const wanted = [env['HOME'] || homedir(), process.cwd(), tmpdir()];
  return [...new Set(wanted.map((directory) => resolve(directory)))];
}

function firstConfig(sandboxPort: number, directories: readonly string[]): string {
  const list = `[${directories.map((directory) => JSON.stringify(directory)).join(', ')}]`;
  return `# Written once by ferry up; from now on it is yours. Add your own accounts below.
defaultAccount = "sandbox"
sealKeyFile = "seal.key"

# The practice account: nothing leaves this machine. While ferry up runs, the sandbox's address and the file rules are
# those of the running sandbox, whatever stands here.
[accounts.sandbox]
accountId = "12345678"
domain = "127.0.0.1:${sandboxPort}"
plaintext = true
enableFileSharing = true
login = { username = "ops", passwordFile = "sandbox-password" }
consumer = { mode = "signup", name = "ops" }
# Files are read and written only below these directories.
directories = { sources = ${list}, targets = ${list} }
`;
}
