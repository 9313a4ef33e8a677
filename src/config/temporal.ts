import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { TLSConfig } from '@temporalio/client';
import { FerryError } from '../errors';
import { firstLine } from '../lib/first-line';
import type { Env } from '../lib/env';
import { isLoopback } from '../lib/loopback';
import { shellWord } from '../lib/shell-word';
import { defaultStateDir, pathFrom } from './paths';
import type { TemporalTarget, UpFile } from './types';

export interface ResolveTemporalOptions {
  readonly flags: { readonly state?: string | undefined };
  readonly env: Env;
  readonly cwd: string;
  /** The `up` that runs on a state directory; null when none runs. */
  readonly readUp: (stateDir: string) => UpFile | null | Promise<UpFile | null>;
}

/** The options that `Connection.connect` and `NativeConnection.connect` share. */
export interface ConnectOptions {
  readonly address: string;
  readonly tls?: TLSConfig | boolean;
  readonly apiKey?: string;
  readonly metadata?: Record<string, string>;
  /** Options of grpc-js, the transport of the client. The worker's transport ignores them. */
  readonly channelArgs?: Record<string, number>;
}

/**
 * Chooses the Temporal server, the first of: the `up` of `--state` or FERRY_STATE, the TEMPORAL_* variables, the
 * default `up` while it runs, the TOML profile of Temporal. TEMPORAL_UNREACHABLE when there is none of these.
 */
export async function resolveTemporal(options: ResolveTemporalOptions): Promise<TemporalTarget> {
  const { env, cwd, readUp } = options;
  const given = options.flags.state ?? (env['FERRY_STATE'] || undefined);
  if (given !== undefined) {
    const stateDir = pathFrom(cwd, given, env);
    const up = await readUp(stateDir);
    if (up !== null) return embedded(up, stateDir);
    const message = `Cannot reach Temporal: no ferry up runs on the state directory ${stateDir}.`;
    const remedy = `Transfers are safe and go on when it is back. On this machine: ferry up --state ${shellWord(stateDir)}.`;
    throw new FerryError('TEMPORAL_UNREACHABLE', message, { details: { stateDir }, remedy });
  }
  if (temporalVariables(env).length > 0) return configured(env);
  const stateDir = defaultStateDir(env);
  const up = await readUp(stateDir);
  if (up !== null) return embedded(up, stateDir);
  const profile = profileFile(env);
  if (profile !== null && existsSync(profile)) return configured(env);
  throw new FerryError(
    'TEMPORAL_UNREACHABLE',
    `Cannot reach Temporal: no ferry up runs on the state directory ${stateDir}, and no other Temporal is configured.`,
    { remedy: 'Start one: ferry up. If one runs on another state directory, name that: --state DIR.' },
  );
}

function embedded(up: UpFile, stateDir: string): TemporalTarget {
  const { temporalAddress: address, namespace } = up;
  return { address, namespace, kind: 'embedded', from: `the ferry up in ${stateDir}`, stateDir };
}

async function configured(env: Env): Promise<TemporalTarget> {
  const { connectionOptions, namespace } = await clientConfig(env);
  const variables = temporalVariables(env);
  const from = variables.length > 0 ? variables.join(', ') : `the profile in ${profileFile(env)}`;
  return {
    address: connectionOptions.address ?? 'localhost:7233',
    namespace: namespace ?? 'default',
    kind: 'configured',
    from,
    stateDir: null,
  };
}

/**
 * The connection options of a target. A configured target gets TLS, API key and headers from Temporal's own settings.
 */
export async function connectOptions(target: TemporalTarget, env: Env): Promise<ConnectOptions> {
  // grpc-js sends even 127.0.0.1 through `http_proxy` (seen with 1.14.7).
  if (target.kind === 'embedded') return { address: target.address, channelArgs: { 'grpc.enable_http_proxy': 0 } };
  const { tls, apiKey, metadata } = (await clientConfig(env)).connectionOptions;
  refusePlaintext(target.address, tls, env);
  return {
    address: target.address,
    ...(tls === undefined || tls === null ? {} : { tls }),
    ...(typeof apiKey === 'string' ? { apiKey } : {}),
    ...(metadata === undefined ? {} : { metadata: metadata as Record<string, string> }),
  };
}

/**
 * Without TLS, others on the network could read and change all traffic to Temporal, including an API key. Temporal's
 * settings have TLS off by default, which is safe only on this machine.
 */
function refusePlaintext(address: string, tls: unknown, env: Env): void {
  if (Boolean(tls) || isLoopback(address) || env['FERRY_TEMPORAL_PLAINTEXT'] === 'allowed') return;
  const message = `Temporal at ${address} is not on this machine, and would be reached without TLS.`;
  const remedy = 'Set TEMPORAL_TLS=true, or FERRY_TEMPORAL_PLAINTEXT=allowed where the network between is trusted.';
  throw new FerryError('CONFIG_INVALID', message, { details: { address }, remedy });
}

/** Loaded lazily: a target of `ferry up` does not need the library. */
async function clientConfig(env: Env) {
  const { loadClientConnectConfig } = await import('@temporalio/envconfig');
  // An empty variable counts as not set, as everywhere in Ferry.
  const set = Object.entries(env).filter((entry): entry is [string, string] => Boolean(entry[1]));
  try {
    return loadClientConnectConfig({ overrideEnvVars: Object.fromEntries(set) });
  } catch (error) {
    // Errors of its TOML parser quote lines of the file, which may hold an API key.
    const why = firstLine(error);
    const message = `The settings for Temporal (TEMPORAL_* and ${profileFile(env)}) cannot be used: ${why}.`;
    throw new FerryError('CONFIG_INVALID', message, { remedy: 'Correct the variable or the profile.' });
  }
}

/** The variables that choose a server. TEMPORAL_CLI_PATH names the program of the embedded server. */
function temporalVariables(env: Env): string[] {
  const names = /^TEMPORAL_(?:ADDRESS|NAMESPACE|API_KEY|PROFILE|CONFIG_FILE|TLS|TLS_\w+|GRPC_META_\w+)$/;
  return Object.keys(env).filter((name) => names.test(name) && env[name]);
}

/** The path where the tools of Temporal look for the profile; null without a home directory. */
function profileFile(env: Env): string | null {
  const named = env['TEMPORAL_CONFIG_FILE'];
  if (named) return named;
  const home = env['HOME'];
  if (process.platform === 'darwin') {
    return home ? join(home, 'Library/Application Support/temporalio/temporal.toml') : null;
  }
  const xdg = env['XDG_CONFIG_HOME'] || (home ? join(home, '.config') : '');
  return isAbsolute(xdg) ? join(xdg, 'temporalio/temporal.toml') : null;
}
