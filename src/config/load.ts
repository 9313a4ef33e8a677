import { join, resolve } from 'node:path';
import { FerryError, isFerryError } from '../errors';
import type { Env } from '../lib/env';
import { isLoopback } from '../lib/loopback';
import { toAccount } from './account';
import { toNotify } from './notify';
import { isDefaultStateDir, pathFrom, userConfigPath } from './paths';
import { readConfigFile } from './read-file';
import { checkNamed, checkOwned, checkTrusted, trustConfig } from './trusted';
import type { RawConfig } from './schema';
import type { AccountConfig, FerryConfig, UpFile } from './types';

export interface LoadConfigOptions {
  /** `--config` */
  readonly configPath?: string;
  /** The state directory of `--state`. @default FERRY_STATE */
  readonly stateDir?: string;
  readonly env: Env;
  readonly cwd: string;
  /** The running `up`: the practice account `sandbox` takes its address and file rules from it. */
  readonly upFile?: UpFile | null;
}

/** The practice account of `ferry up`. */
const SANDBOX = 'sandbox';

/**
 * Finds and reads the configuration, the first of: `--config`, `FERRY_CONFIG`, the file of a state directory that was
 * given, `./ferry.toml`, the file of the default `up` while it runs, the user's own file. Without any file there are no
 * accounts.
 *
 * @throws {FerryError} CONFIG_INVALID, which names file, line and key; CONFIG_NOT_TRUSTED for a `./ferry.toml` before
 *   `ferry trust`, and for a file that others may write
 */
export function loadConfig(options: LoadConfigOptions): FerryConfig {
  const { env } = options;
  const found = findFile(options);
  const config = found === null ? EMPTY : toConfig(found.raw, found.path, env);
  const up = options.upFile ?? null;
  return up === null ? config : besideUp(config, up, env, found?.isNamed ?? false);
}

/** More at the same time are not faster on one disk and one line, and links only become older in the queue. */
const DEFAULT_BYTE_SLOTS = 4;

const EMPTY: FerryConfig = {
  path: null,
  defaultAccount: null,
  accounts: {},
  sealKeyFile: null,
  byteSlots: DEFAULT_BYTE_SLOTS,
  payloads: 'clear',
  payloadKeyFile: null,
  healthAddress: null,
  auditAnchor: null,
  metricsAddress: null,
  notify: [],
};

interface Found {
  /** By `--config` or FERRY_CONFIG. */
  readonly isNamed: boolean;
  readonly path: string;
  readonly raw: RawConfig;
}

function findFile(options: LoadConfigOptions): Found | null {
  const { env, cwd } = options;
  const named = options.configPath ?? (env['FERRY_CONFIG'] || undefined);
  if (named !== undefined) {
    const path = pathFrom(cwd, named, env);
    const raw = readConfigFile(path, checkNamed);
    if (raw !== null) return { path, raw, isNamed: true };
    const how = options.configPath === undefined ? 'FERRY_CONFIG' : '--config';
    throw new FerryError('CONFIG_INVALID', `${path}, named by ${how}, does not exist.`, {
      details: { path },
      remedy: 'Name a file that exists; ferry init NAME writes an example.',
    });
  }
  const given = options.stateDir ?? (env['FERRY_STATE'] || undefined);
  const running = options.upFile?.stateDir;
  const believed = [
    ...(given === undefined ? [] : [join(pathFrom(cwd, given, env), 'ferry.toml')]),
    ...(running === undefined ? [] : [join(running, 'ferry.toml')]),
    userConfigPath(env),
  ]
    .filter((place) => place !== null)
    .map((place) => resolve(place));
  const here = resolve(cwd, 'ferry.toml');
  const places = given === undefined ? [here, ...believed] : [...believed.slice(0, 1), here, ...believed.slice(1)];
  for (const path of places) {
    const isBelieved = path !== here || believed.includes(here);
    const raw = readConfigFile(path, isBelieved ? checkOwned : (file, text) => checkTrusted(file, text, env));
    if (raw !== null) return { path, raw, isNamed: false };
  }
  return null;
}

/**
 * The configuration of the worker of an `up`: the file in its state directory. The worker of the default `up` also
 * serves the accounts of the `./ferry.toml` where `up` was started, because commands typed there mean these accounts.
 * The worker always seals with the keys of its state directory.
 */
export function loadUpConfig(upFile: UpFile, { env, cwd }: Pick<LoadConfigOptions, 'env' | 'cwd'>): FerryConfig {
  const own = loadConfig({ stateDir: upFile.stateDir, upFile, env, cwd });
  if (env['FERRY_STATE'] || env['FERRY_CONFIG'] || !isDefaultStateDir(upFile.stateDir, env)) return own;
  const path = join(cwd, 'ferry.toml');
  const here = readTrusted(path, env);
  if (here === null) return own;
  const { [SANDBOX]: sandbox } = own.accounts;
  const theirs = toConfig(here, path, env);
  const accounts = { ...own.accounts, ...theirs.accounts };
  const notify = [...own.notify, ...theirs.notify.filter(({ name }) => own.notify.every((one) => one.name !== name))];
  return { ...own, notify, accounts: sandbox === undefined ? accounts : { ...accounts, [SANDBOX]: sandbox } };
}

/** Null also for a file that is not trusted: `up` starts without it, and commands typed there tell the reason. */
function readTrusted(path: string, env: Env): RawConfig | null {
  try {
    return readConfigFile(path, (file, text) => checkTrusted(file, text, env));
  } catch (error) {
    if (isFerryError(error) && error.code === 'CONFIG_NOT_TRUSTED') return null;
    throw error;
  }
}

function toConfig(raw: RawConfig, path: string, env: LoadConfigOptions['env']): FerryConfig {
  const absolute = (file: string | undefined): string | null =>
    file === undefined ? null : pathFrom(join(path, '..'), file, env);
  const accounts = Object.entries(raw.accounts ?? {}).map(([name, one]) => [name, toAccount(name, one, path, env)]);
  return {
    path,
    defaultAccount: raw.defaultAccount ?? null,
    accounts: Object.fromEntries(accounts) as Record<string, AccountConfig>,
    sealKeyFile: absolute(raw.sealKeyFile),
    byteSlots: raw.byteSlots ?? DEFAULT_BYTE_SLOTS,
    payloads: raw.payloads ?? 'clear',
    payloadKeyFile: absolute(raw.payloadKeyFile),
    healthAddress: raw.healthAddress ?? null,
    auditAnchor: absolute(raw.auditAnchor),
    metricsAddress: raw.metricsAddress ?? null,
    notify: (raw.notify ?? []).map((one) => toNotify(one, path, env)),
  };
}

/**
 * Adds the practice account of the running `up` to a configuration that does not have it, so that `ferry up` and then
 * `ferry send` work in every directory. A configuration without a seal key gets the key of the `up` as well. A
 * `./ferry.toml` that was found and not named never brings keys: all workers of an `up` share the keys of the `up`.
 */
function besideUp(config: FerryConfig, up: UpFile, env: LoadConfigOptions['env'], isNamed: boolean): FerryConfig {
  const ownPath = join(up.stateDir, 'ferry.toml');
  const ownRaw = config.path === ownPath ? null : readConfigFile(ownPath, checkOwned);
  const own = ownRaw === null ? EMPTY : toConfig(ownRaw, ownPath, env);
  const sandbox = config.accounts[SANDBOX] ?? own.accounts[SANDBOX];
  return {
    path: config.path ?? own.path,
    defaultAccount: config.defaultAccount ?? (config.path === null ? own.defaultAccount : null),
    accounts: sandbox === undefined ? config.accounts : { ...config.accounts, [SANDBOX]: asItRuns(sandbox, up) },
    payloads: config.payloads,
    byteSlots: config.byteSlots,
    payloadKeyFile: config.payloadKeyFile,
    healthAddress: config.healthAddress,
    auditAnchor: isNamed ? (config.auditAnchor ?? own.auditAnchor) : (own.auditAnchor ?? config.auditAnchor),
    metricsAddress: config.metricsAddress,
    notify: config.notify,
    sealKeyFile: isNamed ? (config.sealKeyFile ?? own.sealKeyFile) : (own.sealKeyFile ?? config.sealKeyFile),
  };
}

function asItRuns(account: AccountConfig, up: UpFile): AccountConfig {
  if (up.sandboxUrl === null) return account;
  const { host, protocol } = new URL(up.sandboxUrl);
  const plaintext = protocol === 'http:';
  const ca = { caFile: join(up.stateDir, 'sandbox', 'sandbox-ca.pem') };
  return {
    ...account,
    domain: host,
    plaintext,
    ...(plaintext ? {} : ca),
    files: up.files,
    practice: isLoopback(host),
  };
}

/**
 * Trusts the present content of a file, and returns its configuration; null when there is no file. CONFIG_INVALID.
 * CONFIG_NOT_TRUSTED when others may write the file.
 */
export function trustFile(path: string, env: Env): FerryConfig | null {
  let content = '';
  const raw = readConfigFile(path, (file, text) => {
    checkOwned(file);
    content = text;
  });
  if (raw === null) return null;
  trustConfig(path, content, env);
  return toConfig(raw, path, env);
}
