import { dirname } from 'node:path';
import { FerryError } from '../errors';
import type { AccountLimitValues } from '../contract';
import { parseBytes } from '../lib/bandwidth';
import type { Env } from '../lib/env';
import { isLoopback } from '../lib/loopback';
import { pathFrom } from './paths';
import type { RawAccount } from './schema';
import { suggest } from '../lib/suggest';
import type { AccountConfig, ConsumerConfig, FerryConfig, LoginConfig } from './types';

/** Fills in the defaults, and resolves paths from the directory of the configuration file. */
export function toAccount(name: string, raw: RawAccount, configPath: string, env: Env): AccountConfig {
  const absolute = (path: string): string => pathFrom(dirname(configPath), path, env);
  const { domain = 'api.liveperson.net', plaintext = false, caFile, directories } = raw;
  return {
    name,
    accountId: raw.accountId,
    domain,
    plaintext,
    caFile: caFile === undefined ? null : absolute(caFile),
    trustedHosts: raw.trustedHosts ?? [],
    enableFileSharing: raw.enableFileSharing ?? false,
    login: raw.login === undefined ? null : toLogin(raw.login, absolute),
    consumer: toConsumer(raw.consumer ?? {}, absolute),
    skillId: raw.skillId ?? '-1',
    files: { types: raw.files?.types ?? ['JPG', 'JPEG', 'PNG', 'GIF'], maxBytes: raw.files?.maxBytes ?? 3_000_000 },
    fetched: {
      maxBytes: raw.files?.maxFetchBytes ?? 100_000_000,
      mode: Number.parseInt(raw.files?.fetchedMode ?? '0600', 8),
    },
    refusals: raw.refusals ?? {},
    directories:
      directories === undefined
        ? null
        : {
            sources: (directories.sources ?? []).map(absolute),
            targets: (directories.targets ?? []).map(absolute),
          },
    limits: raw.limits === undefined ? null : toLimits(raw.limits),
    practice: plaintext && isLoopback(domain),
  };
}

function toLimits(raw: NonNullable<RawAccount['limits']>): AccountLimitValues {
  const { requests = null, transfers = null, requestsPerSecond = null, bytesPerSecond, timetable = null } = raw;
  const bytes = bytesPerSecond === undefined ? null : parseBytes(bytesPerSecond);
  return {
    requests,
    transfers,
    requestsPerSecond,
    bytesPerSecond: bytes === Infinity ? null : bytes,
    timetable,
  };
}

function toLogin(raw: NonNullable<RawAccount['login']>, absolute: (path: string) => string): LoginConfig {
  const { username } = raw;
  if (raw.apiKeyFile !== undefined) return { kind: 'apiKey', username, file: absolute(raw.apiKeyFile) };
  if (raw.passwordFile !== undefined) {
    return { kind: 'password', username, password: { file: absolute(raw.passwordFile) } };
  }
  return { kind: 'password', username, password: { env: raw.passwordEnv ?? '' } };
}

function toConsumer(raw: NonNullable<RawAccount['consumer']>, absolute: (path: string) => string): ConsumerConfig {
  const { mode = 'signup', name = 'ferry' } = raw;
  switch (mode) {
    case 'signup':
      return { mode, name };
    case 'anonymous':
      return { mode, name, connectorId: raw.connectorId ?? '' };
    case 'authenticated':
      return { mode, name, token: toToken(raw, absolute) };
  }
}

function toToken(
  raw: NonNullable<RawAccount['consumer']>,
  absolute: (path: string) => string,
): Extract<ConsumerConfig, { mode: 'authenticated' }>['token'] {
  if (raw.tokenFile !== undefined) return { file: absolute(raw.tokenFile) };
  if (raw.tokenEnv !== undefined) return { env: raw.tokenEnv };
  return {
    command: toCommand(raw.tokenCommand ?? [], absolute),
    variables: raw.tokenCommandEnv ?? [],
    consumers: raw.consumers ?? null,
  };
}

/** A program without "/" in its name is searched in PATH, as a shell does. */
function toCommand(words: readonly string[], absolute: (path: string) => string): readonly string[] {
  const [program = '', ...rest] = words;
  return [program.includes('/') ? absolute(program) : program, ...rest];
}

/**
 * The account with this name; without a name the default account, or the only account.
 *
 * @throws {FerryError} ACCOUNT_UNKNOWN with a suggestion and the known names; NOT_CONFIGURED when there are no accounts
 */
export function account(config: FerryConfig, name: string | undefined): AccountConfig {
  const names = Object.keys(config.accounts);
  const wanted = name ?? config.defaultAccount ?? (names.length === 1 ? names[0] : undefined);
  if (wanted !== undefined && Object.hasOwn(config.accounts, wanted)) {
    const found = config.accounts[wanted];
    if (found !== undefined) return found;
  }
  if (names.length === 0) throw noAccounts(config, wanted);
  if (wanted === undefined) {
    const message = `Which account? ${config.path ?? 'The configuration'} has ${names.join(', ')} and no defaultAccount.`;
    throw new FerryError('NOT_CONFIGURED', message, { details: { accounts: names } });
  }
  const close = suggest(wanted, names);
  const hint = close === null ? '' : ` Did you mean ${close}?`;
  const message = `There is no account ${JSON.stringify(wanted)}; configured are ${names.join(', ')}.${hint}`;
  throw new FerryError('ACCOUNT_UNKNOWN', message, { details: { account: wanted, accounts: names } });
}

function noAccounts(config: FerryConfig, wanted: string | undefined): FerryError {
  const where = config.path === null ? 'No ferry.toml was found' : `${config.path} has no accounts`;
  const details = { path: config.path };
  const remedy =
    config.path === null
      ? 'To practise, run ferry up in another terminal and try again. For a real account, run ferry init NAME.'
      : 'Add an account there; ferry init NAME writes an example into an empty directory.';
  if (wanted === undefined) {
    return new FerryError('NOT_CONFIGURED', `${where}, so there is no account to use.`, { details, remedy });
  }
  const message = `There is no account ${JSON.stringify(wanted)}: ${where.replace(/^No/, 'no')}.`;
  return new FerryError('ACCOUNT_UNKNOWN', message, { details, remedy });
}
