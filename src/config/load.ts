import { join, resolve } from 'node:path';
import { FerryError } from '../errors';
import { toAccount } from './account';
import { pathFrom, userConfigPath } from './paths';
import { readConfigFile } from './read-file';
import { isLoopback, type RawConfig } from './schema';
import type { AccountConfig, FerryConfig, UpFile } from './types';

export interface LoadConfigOptions {
  /** `--config` */
  readonly configPath?: string;
  /** State directory of the `up` in force, or `--state`; @default FERRY_STATE */
  readonly stateDir?: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What runs there: the practice account `sandbox` takes its address and file rules from it. */
  readonly upFile?: UpFile | null;
}

/** The account that `ferry up` brings with it. */
const SANDBOX = 'sandbox';

/**
 * Finds and reads the configuration: `--config` over `FERRY_CONFIG` over the state directory's over `./ferry.toml` over
 * the user's. Without any file there are no accounts. CONFIG_INVALID names file, line and key.
 */
export function loadConfig(options: LoadConfigOptions): FerryConfig {
  const { env } = options;
  const found = findFile(options);
  const config = found === null ? EMPTY : toConfig(found.raw, found.path, env);
  const up = options.upFile ?? null;
  return up === null ? config : withSandbox(config, up, env);
}

const EMPTY: FerryConfig = { path: null, defaultAccount: null, accounts: {}, sealKeyFile: null };

interface Found {
  readonly path: string;
  readonly raw: RawConfig;
}

function findFile(options: LoadConfigOptions): Found | null {
  const { env, cwd } = options;
  const named = options.configPath ?? (env['FERRY_CONFIG'] || undefined);
  if (named !== undefined) {
    const path = pathFrom(cwd, named, env);
    const raw = readConfigFile(path);
    if (raw !== null) return { path, raw };
    const how = options.configPath === undefined ? 'FERRY_CONFIG' : '--config';
    throw new FerryError('CONFIG_INVALID', `${path}, named by ${how}, does not exist.`, { details: { path } });
  }
  const stateDir = options.stateDir ?? (env['FERRY_STATE'] || undefined);
  const places = [join(cwd, 'ferry.toml'), userConfigPath(env)];
  if (stateDir !== undefined) places.unshift(join(pathFrom(cwd, stateDir, env), 'ferry.toml'));
  for (const path of places.map((place) => resolve(place))) {
    const raw = readConfigFile(path);
    if (raw !== null) return { path, raw };
  }
  return null;
}

function toConfig(raw: RawConfig, path: string, env: LoadConfigOptions['env']): FerryConfig {
  const accounts = Object.entries(raw.accounts ?? {}).map(([name, one]) => [name, toAccount(name, one, path, env)]);
  return {
    path,
    defaultAccount: raw.defaultAccount ?? null,
    accounts: Object.fromEntries(accounts) as Record<string, AccountConfig>,
    sealKeyFile: raw.sealKeyFile === undefined ? null : pathFrom(join(path, '..'), raw.sealKeyFile, env),
  };
}

/**
 * The practice account as it runs now. A configuration from elsewhere that does not have it gets it, and the seal key if
 * it names none, from the `up`'s own ferry.toml: `ferry up` and then `ferry send` must do wherever they are typed.
 */
function withSandbox(config: FerryConfig, up: UpFile, env: LoadConfigOptions['env']): FerryConfig {
  const ownPath = join(up.stateDir, 'ferry.toml');
  const ownRaw = config.path === ownPath ? null : readConfigFile(ownPath);
  const own = ownRaw === null ? EMPTY : toConfig(ownRaw, ownPath, env);
  const sandbox = config.accounts[SANDBOX] ?? own.accounts[SANDBOX];
  return {
    path: config.path ?? own.path,
    defaultAccount: config.defaultAccount ?? (config.path === null ? own.defaultAccount : null),
    accounts: sandbox === undefined ? config.accounts : { ...config.accounts, [SANDBOX]: asItRuns(sandbox, up) },
    sealKeyFile: config.sealKeyFile ?? own.sealKeyFile,
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
