import { readFileSync } from 'node:fs';
import { FerryError } from '../errors';
import type { AccountAddress } from '../liveperson/types';
import type { AccountConfig } from './types';

/** The address of the account for the messaging library, with the account's certificate authority. CONFIG_INVALID. */
export function addressOf(account: AccountConfig): AccountAddress {
  const { accountId, domain, plaintext, trustedHosts } = account;
  const authority = authorityOf(account);
  return { accountId, domain, plaintext, trustedHosts, ...(authority === null ? {} : { ca: authority }) };
}

/** The PEM of the account's certificate authority; null: those of the system. CONFIG_INVALID when it is unreadable. */
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
