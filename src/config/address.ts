import { readFileSync } from 'node:fs';
import { FerryError } from '../errors';
import type { AccountConfig } from './types';

/** The PEM of the account's own certificate authority; null: the system's. CONFIG_INVALID when it cannot be read. */
export function authorityOf({ name, caFile }: AccountConfig): string | null {
  if (caFile === null) return null;
  try {
    return readFileSync(caFile, 'utf8');
  } catch (error) {
    throw new FerryError('CONFIG_INVALID', `caFile of account ${name} (${caFile}) cannot be read.`, { cause: error });
  }
}
