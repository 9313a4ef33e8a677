import type { AccountConfig } from '../../config/types';
import type { Env } from '../../lib/env';
import { lazy } from '../shared/lazy';
import type { Finding } from './finding';

/** A warning where the account logs in by an API key of OAuth 1.0, which LivePerson has ended. */
export function checkLoginKey(account: AccountConfig, env: Env): readonly Finding[] {
  if (account.login?.kind !== 'apiKey') return [];
  if (!isOfOAuth1(account, env)) return [];
  return [
    {
      check: 'login key',
      result: 'warn',
      message: `${account.login.file} holds an API key of OAuth 1.0; LivePerson ended these in spring 2026`,
      remedy:
        'Make an OAuth 2.0 client for the bot user at LivePerson, and put clientId and clientSecret into the file.',
    },
  ];
}

function isOfOAuth1(account: AccountConfig, env: Env): boolean {
  try {
    const credentials = lazy.config().adminCredentials(account, env);
    return credentials.kind === 'apiKey' && credentials.oauth === 1;
  } catch {
    // A file that cannot be read is a finding of the check that logs in.
    return false;
  }
}
