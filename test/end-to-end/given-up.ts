/** What `ferry up` is on a machine, on a Temporal that runs already: a sandbox and a worker that are kept running. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../src/engine';
import { programPart, type Part } from '../chaos/kit/processes';
import { CLI, SANDBOX } from '../chaos/kit/stage';

/** A state directory, a sandbox's port and the environment of commands and workers. */
export interface GivenPlace {
  readonly stateDir: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
}

export interface GivenUp {
  readonly sandboxUrl: string;
  readonly worker: Part;
  readonly sandbox: Part;
}

/**
 * @param directory of the machine
 * @param env of its commands
 * @param temporal leads to Temporal
 */
export async function makeGivenPlace(
  directory: string,
  env: NodeJS.ProcessEnv,
  temporal: NodeJS.ProcessEnv,
): Promise<GivenPlace> {
  const stateHome = join(directory, 'state');
  const stateDir = join(stateHome, 'ferry');
  const configFile = join(stateDir, 'ferry.toml');
  const more = { FERRY_CONFIG: configFile, FERRY_HOST_ID: 'here', XDG_STATE_HOME: stateHome };
  return { stateDir, port: await freePort(), env: { ...env, ...temporal, ...more } };
}

/** @param flags those of `ferry up` that the sandbox has as well */
export async function startGivenUp({ stateDir, port, env }: GivenPlace, flags: readonly string[]): Promise<GivenUp> {
  if (!existsSync(join(stateDir, 'ferry.toml'))) await configure(stateDir, port);
  const part = (name: string, args: readonly string[]): Part =>
    programPart({
      name,
      args,
      cwd: stateDir,
      env,
      logFile: join(stateDir, `${name}.log`),
      onEarlyEnd: () => undefined,
      onDeath: () => undefined,
    });
  const sandbox = part('sandbox', [SANDBOX, '--port', String(port), '--state', join(stateDir, 'sandbox'), ...flags]);
  const worker = part('worker', [CLI, 'worker', '--json']);
  await Promise.all([sandbox.start(), worker.start()]);
  return { sandboxUrl: `http://127.0.0.1:${port}`, worker, sandbox };
}

/** The account of `ferry up`. */
async function configure(stateDir: string, port: number): Promise<void> {
  const all = JSON.stringify(join(stateDir, '../..'));
  const toml = [
    'defaultAccount = "sandbox"',
    'sealKeyFile = "seal.key"',
    '[accounts.sandbox]',
    'accountId = "12345678"',
    `domain = "127.0.0.1:${port}"`,
    'plaintext = true',
    'enableFileSharing = true',
    'login = { username = "ops", passwordFile = "sandbox-password" }',
    'consumer = { name = "ops" }',
    'files = { types = ["JPG", "PNG"], maxBytes = 500000000 }',
    `directories = { sources = [${all}], targets = [${all}] }`,
    '',
  ];
  await mkdir(stateDir, { recursive: true, mode: 0o700 });
  const secret = { mode: 0o600 };
  await writeFile(join(stateDir, 'seal.key'), `${randomBytes(32).toString('base64')}\n`, secret);
  await writeFile(join(stateDir, 'sandbox-password'), 'sandbox\n', secret);
  await writeFile(join(stateDir, 'ferry.toml'), toml.join('\n'), secret);
}
