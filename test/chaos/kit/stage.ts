import { execFileSync } from 'node:child_process';
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../src/engine';
import { JPEG } from '../../end-to-end/pictures';
import type { Host, Plan, PlannedFile, Target } from './plan';

export const ACCOUNT = 'chaos';
export const CLI = join(__dirname, '../../../dist/cli/main.js');
/** Not by `ferry sandbox`, which a SIGKILL or SIGSTOP would hit in its place. */
export const SANDBOX = join(__dirname, '../../../dist/sandbox/main.js');

/** Values that must never be seen outside the processes that are meant to know them. */
export interface Canaries {
  readonly sealKey: string;
  readonly apiKey: Readonly<Record<'appKey' | 'secret' | 'accessToken' | 'accessTokenSecret', string>>;
}

/** The directory of a run: sources, targets, state of all parts, logs. */
export interface Stage {
  readonly root: string;
  readonly logs: string;
  readonly sandboxDir: string;
  readonly dbFile: string;
  readonly clockFile: string;
  readonly sandboxPort: number;
  readonly canaries: Canaries;
  /** False: no small disk could be made here (that needs root and mount); its files go to the large one. */
  readonly smallDisk: boolean;
  sourceOf(host: Host, file: PlannedFile): string;
  targetDir(host: Host, target: Target): string;
  env(host: Host): NodeJS.ProcessEnv;
  readonly configFile: string;
  /** Where what was written with `keep` lies, or null when nothing is left. */
  close(keep: boolean): Promise<string | null>;
}

const SLACK_BYTES = 8_000_000;

/**
 * @param temporal the environment that leads commands and workers to Temporal
 * @param settings lines for the top of ferry.toml
 */
export async function buildStage(
  plan: Plan,
  temporal: NodeJS.ProcessEnv,
  settings: readonly string[] = [],
): Promise<Stage> {
  const root = await mkdtemp(join(tmpdir(), 'ferry-chaos-kit-'));
  const at = (...path: string[]): string => join(root, ...path);
  for (const directory of ['logs', 'sandbox', 'sources/a', 'sources/b', 'targets/a', 'targets/b', 'small', 'home']) {
    await mkdir(at(directory), { recursive: true });
  }
  const smallDisk = mountSmall(at('small'), plan);
  await Promise.all(['a', 'b'].map((host) => mkdir(at('small', host), { recursive: true })));
  const sandboxPort = await freePort();
  const canaries: Canaries = { sealKey: randomBytes(32).toString('base64'), apiKey: SANDBOX_API_KEY };
  await writeFile(at('api-key.json'), JSON.stringify(canaries.apiKey), { mode: 0o600 });
  await writeFile(at('seal.key'), `${canaries.sealKey}\n`, { mode: 0o600 });
  await writeFile(at('ferry.toml'), configuration(plan, root, sandboxPort, settings));
  const sourceOf = (host: Host, file: PlannedFile): string => at('sources', host, file.name);
  for (const { host, files } of plan.waves) for (const file of files) await writePicture(sourceOf(host, file), file);
  return {
    root,
    logs: at('logs'),
    sandboxDir: at('sandbox'),
    dbFile: at('temporal.db'),
    clockFile: at('clock'),
    configFile: at('ferry.toml'),
    sandboxPort,
    canaries,
    smallDisk,
    sourceOf,
    targetDir: (host, target) => (target === 'small' ? at('small', host) : at('targets', host)),
    env: (host) => ({
      PATH: process.env['PATH'],
      HOME: at('home'),
      // Receipts and the ledger belong to a host.
      XDG_STATE_HOME: at('state', host),
      TMPDIR: tmpdir(),
      NO_COLOR: '1',
      FERRY_CONFIG: at('ferry.toml'),
      FERRY_HOST_ID: host,
      ...temporal,
    }),
    async close(keep) {
      if (keep) return root;
      if (smallDisk) execFileSync('umount', ['-l', at('small')]);
      await rm(root, { recursive: true, force: true });
      return null;
    },
  };
}

/** The sandbox's one API key (docs/sandbox.md). */
const SANDBOX_API_KEY = {
  appKey: 'sandbox-app-key',
  secret: 'sandbox-secret',
  accessToken: 'sandbox-access-token',
  accessTokenSecret: 'sandbox-access-token-secret',
} as const;

function configuration(plan: Plan, root: string, sandboxPort: number, settings: readonly string[]): string {
  const connector = plan.consumerMode === 'anonymous' ? ', connectorId = "4711"' : '';
  const list = (...paths: string[]): string => JSON.stringify(paths.map((path) => join(root, path)));
  return [
    `defaultAccount = "${ACCOUNT}"`,
    'sealKeyFile = "seal.key"',
    ...settings,
    `[accounts.${ACCOUNT}]`,
    'accountId = "12345678"',
    `domain = "127.0.0.1:${sandboxPort}"`,
    'plaintext = true',
    'enableFileSharing = true',
    'login = { username = "ops", apiKeyFile = "api-key.json" }',
    `consumer = { mode = "${plan.consumerMode}", name = "ann"${connector} }`,
    'files = { types = ["JPG"], maxBytes = 70000000 }',
    `directories = { sources = ${list('sources')}, targets = ${list('targets', 'small')} }`,
    '',
  ].join('\n');
}

/** A disk of its own for what is fetched to it: room for all of that, and little more. */
function mountSmall(path: string, plan: Plan): boolean {
  const files = plan.waves.filter(({ target }) => target === 'small').flatMap((wave) => wave.files);
  const bytes = files.reduce((sum, { sizeBytes }) => sum + sizeBytes, SLACK_BYTES);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0755`, 'tmpfs', path], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const BLOCK = 1 << 20;

/** A picture with a long tail; the content follows from its name, and no two are equal. */
async function writePicture(path: string, { name, sizeBytes }: PlannedFile): Promise<void> {
  const key = createHash('md5').update(name).digest();
  const noise = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(BLOCK);
  const file = await open(path, 'w');
  try {
    await file.write(JPEG);
    for (let left = sizeBytes - JPEG.length; left > 0; left -= BLOCK) {
      await file.write(noise.update(zeros.subarray(0, Math.min(left, BLOCK))));
    }
  } finally {
    await file.close();
  }
}
