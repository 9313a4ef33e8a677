import { dirname } from 'node:path';
import type { Destination } from '../notify/types';
import { NOTICE_REASONS } from '../contract';
import type { Env } from '../lib/env';
import { readSecret } from './credentials';
import { pathFrom } from './paths';
import type { RawNotify } from './schema-notify';
import type { NotifyConfig, SecretRef } from './types';

/** Fills in the defaults, and resolves paths from the directory of the configuration file. */
export function toNotify(raw: RawNotify, configPath: string, env: Env): NotifyConfig {
  const absolute = (path: string): string => pathFrom(dirname(configPath), path, env);
  const secret = (file: string | undefined, variable: string | undefined): SecretRef | null => {
    if (file !== undefined) return { file: absolute(file) };
    return variable === undefined ? null : { env: variable };
  };
  return {
    name: raw.name,
    format: raw.format ?? 'standard',
    url: raw.url ?? secret(raw.urlFile, raw.urlEnv) ?? '',
    secret: secret(raw.secretFile, raw.secretEnv),
    on: raw.on ?? NOTICE_REASONS,
    accounts: raw.accounts ?? null,
    privateHosts: raw.privateHosts ?? [],
  };
}

/** The destination with its secrets, read now. NOT_CONFIGURED, CONFIG_INVALID: see `readSecret`. */
export function destinationOf({ name, format, url, secret, privateHosts }: NotifyConfig, env: Env): Destination {
  return {
    name,
    format,
    privateHosts,
    url: typeof url === 'string' ? url : readSecret(url, env).trim(),
    secret: secret === null ? null : readSecret(secret, env).trim(),
  };
}
