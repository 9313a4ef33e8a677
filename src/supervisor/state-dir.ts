import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import { upFilePath } from '../config';
import { FerryError } from '../errors';
import { createFile } from '../lib/atomic-file';
import { systemCode } from '../lib/system-code';

/** The paths in the state directory of an `up`. */
export interface StatePaths {
  readonly root: string;
  readonly upFile: string;
  readonly lock: string;
  readonly config: string;
  readonly sealKey: string;
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
 * @throws {FerryError} NOT_CONFIGURED when the state directory cannot be created or written
 */
export function makeStateDirectories(paths: StatePaths): void {
  try {
    for (const directory of [paths.root, paths.temporalDir, paths.sandboxDir, paths.logDir]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
  } catch (cause) {
    const why = systemCode(cause) ?? String(cause);
    const message = `The state directory ${paths.root} cannot be made or written (${why}).`;
    throw new FerryError('NOT_CONFIGURED', message, { cause });
  }
}

/** Creates the files that belong to the user from then on: configuration, seal key, host id. */
export function makeStateFiles(paths: StatePaths, sandboxPort: number): void {
  const sealKey = `${randomBytes(32).toString('base64')}\n`;
  if (!existsSync(paths.sealKey)) createFile(paths.sealKey, sealKey);
  // This password is not a secret: the sandbox is for practice and listens on loopback. It is in a file because the
  // configuration takes no passwords.
  if (!existsSync(paths.sandboxPassword)) createFile(paths.sandboxPassword, 'sandbox\n');
  if (!existsSync(paths.config)) createFile(paths.config, firstConfig(sandboxPort));
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

function firstConfig(sandboxPort: number): string {
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
`;
}
