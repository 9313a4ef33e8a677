import { readFileSync } from 'node:fs';
import { FerryError } from '../errors';
import type { AccountAddress } from '../liveperson/types';
import type { AccountConfig } from './types';

/** Where the account is, as the messaging library takes it; with its own authority where it has one. CONFIG_INVALID. */
export function addressOf(account: AccountConfig): AccountAddress {
  const { accountId, domain, plaintext, trustedHosts } = account;
  const authority = authorityOf(account);
  return { accountId, domain, plaintext, trustedHosts, ...(authority === null ? {} : { ca: authority }) };
}

/** The PEM of the account's own certificate authority; null: the system's. CONFIG_INVALID when it cannot be read. */
function authorityOf({ name, caFile }: AccountConfig): string | null {
  if (caFile === null) return null;
  try {
    return readFileSync(caFile, 'utf8');
  } catch (error) {
    throw new FerryError('CONFIG_INVALID', `caFile of account ${name} (${caFile}) cannot be read.`, {
      cause: error,
      remedy: 'Correct the path of caFile, or make the file readable.',
    });
  }
}
