import { join } from 'node:path';
import { FerryError } from '../errors';
import type { Env } from '../lib/env';
import type { AdminCredentials, ConsumerCredentials } from '../liveperson/types';
import { childEnv, NETWORK } from '../lib/child-env';
import { loadSecretFile, parseSealKeys, type SealKey } from '../secrets';
import { readApiKey } from './api-key';
import { runTokenCommand } from './token-command';
import type { AccountConfig, ConsumerConfig, FerryConfig, SecretRef, TemporalTarget } from './types';

/** Reads a secret now. NOT_CONFIGURED: the variable is not set. CONFIG_INVALID: see `loadSecretFile`. */
export function readSecret(ref: SecretRef, env: Env): string {
  if ('file' in ref) return loadSecretFile(ref.file);
  const value = env[ref.env];
  if (value !== undefined && value !== '') return value;
  throw new FerryError('NOT_CONFIGURED', `The environment variable ${ref.env}, which holds a secret, is not set.`, {
    details: { variable: ref.env },
  });
}

/** The administrator's credentials, read now. NOT_CONFIGURED when the account has no login. */
export function adminCredentials(account: AccountConfig, env: Env): AdminCredentials {
  const { login, name } = account;
  if (login === null) {
    throw new FerryError('NOT_CONFIGURED', `The account ${name} has no login.`, { details: { account: name } });
  }
  switch (login.kind) {
    case 'password':
      return { kind: 'password', username: login.username, password: readSecret(login.password, env) };
    case 'apiKey':
      return { kind: 'apiKey', username: login.username, ...readApiKey(login.file, login.username) };
  }
}

/**
 * The credentials of a consumer, read or requested now. A `tokenCommand` gets the name of the consumer in
 * FERRY_CONSUMER and the name of the account in FERRY_ACCOUNT.
 *
 * @throws {FerryError} CONSUMER_NOT_ALLOWED when `consumers` does not name the consumer
 */
export async function consumerCredentials(
  account: AccountConfig,
  consumerName: string,
  env: Env,
): Promise<ConsumerCredentials> {
  const { consumer } = account;
  switch (consumer.mode) {
    case 'signup':
      return { kind: 'signup' };
    case 'anonymous':
      return { kind: 'anonymous', connectorId: consumer.connectorId };
    case 'authenticated':
      return { kind: 'authenticated', authCode: await authCodeOf(account.name, consumer.token, consumerName, env) };
  }
}

type TokenConfig = Extract<ConsumerConfig, { mode: 'authenticated' }>['token'];

async function authCodeOf(account: string, token: TokenConfig, consumerName: string, env: Env): Promise<string> {
  if (!('command' in token)) return readSecret(token, env).trim();
  checkConsumer(account, token, consumerName);
  const commandEnv = {
    ...childEnv(env, NETWORK, ...token.variables),
    FERRY_CONSUMER: consumerName,
    FERRY_ACCOUNT: account,
  };
  return await runTokenCommand(token.command, commandEnv);
}

/** @throws {FerryError} CONSUMER_NOT_ALLOWED when the account's `consumers` do not name the consumer */
export function checkConsumerOf({ name, consumer }: AccountConfig, consumerName: string): void {
  if (consumer.mode === 'authenticated') checkConsumer(name, consumer.token, consumerName);
}

function checkConsumer(account: string, token: TokenConfig, consumerName: string): void {
  if (!('consumers' in token) || token.consumers === null) return;
  if (token.consumers.some((pattern) => matches(pattern, consumerName))) return;
  const message = `The account ${account} does not speak for the consumer ${JSON.stringify(consumerName)}: its "consumers" in ferry.toml do not name it.`;
  throw new FerryError('CONSUMER_NOT_ALLOWED', message, { details: { account } });
}

/** `*` matches any characters, or none. Pattern and name have at most 100 characters. */
function matches(pattern: string, name: string): boolean {
  const [first = '', ...rest] = pattern.split('*');
  const last = rest.pop();
  if (last === undefined) return pattern === name;
  if (!name.startsWith(first)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = name.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return name.length - last.length >= at && name.endsWith(last);
}

/**
 * The keys for payloads; null: payloads are in clear. An `up` keeps its keys in the state directory. For another
 * Temporal the keys come from FERRY_PAYLOAD_KEY, else from `payloadKeyFile`. NOT_CONFIGURED when there are none.
 *
 * @param readConfig called for another Temporal only: an `up` must be reached whatever is wrong with a configuration
 */
export function loadPayloadKeys(
  target: TemporalTarget,
  readConfig: () => FerryConfig,
  env: Env,
): readonly SealKey[] | null {
  if (target.kind === 'embedded') return loadPayloadKeyFile(target.stateDir ?? '');
  const config = readConfig();
  const { payloadKeyFile: keyFile } = config;
  if (config.payloads === 'clear') return null;
  const text = env['FERRY_PAYLOAD_KEY'];
  if (text !== undefined && text !== '') return parseSealKeys(text, 'FERRY_PAYLOAD_KEY');
  if (keyFile !== null) return parseSealKeys(loadSecretFile(keyFile), keyFile);
  const message = `${config.path ?? 'The configuration'} says payloads = "sealed", but there is no key for them.`;
  const remedy = 'Name a file with payloadKeyFile, or set FERRY_PAYLOAD_KEY.';
  throw new FerryError('NOT_CONFIGURED', message, { remedy });
}

/** The keys of the payloads of a `ferry up`. CONFIG_INVALID. */
export function loadPayloadKeyFile(stateDir: string): readonly SealKey[] {
  const path = payloadKeyPath(stateDir);
  return parseSealKeys(loadSecretFile(path), path);
}

/** The file in which a `ferry up` keeps the keys for its payloads. */
export function payloadKeyPath(stateDir: string): string {
  return join(stateDir, 'payload.key');
}

/** The seal keys, from FERRY_SEAL_KEY or else from `sealKeyFile`. NOT_CONFIGURED when neither is set. */
export function loadSealKeys(config: FerryConfig, env: Env): readonly SealKey[] {
  const text = env['FERRY_SEAL_KEY'];
  if (text !== undefined && text !== '') return parseSealKeys(text, 'FERRY_SEAL_KEY');
  const { sealKeyFile, path } = config;
  if (sealKeyFile !== null) return parseSealKeys(loadSecretFile(sealKeyFile), sealKeyFile);
  const remedy = `Name a file with sealKeyFile in ${path ?? 'a ferry.toml'}, or set FERRY_SEAL_KEY. ferry init makes one.`;
  throw new FerryError('NOT_CONFIGURED', 'There is no seal key.', { remedy });
}
