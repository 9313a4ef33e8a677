import type { AccountConfig } from '../../../config/types';
import { safe } from './text';

/** `to acme (12345678, LIVE) as consumer ops`, or a note that nothing leaves this machine. */
export function destination(account: AccountConfig, consumer: string | undefined): string {
  if (account.practice) return `to ${safe(account.name)} (practice: nothing leaves this machine)`;
  const as = safe(consumer ?? account.consumer.name);
  return `to ${safe(account.name)} (${safe(account.accountId)}, LIVE) as consumer ${as}`;
}
