import type { AccountConfig } from '../config/types';
import type { AccountAddress, AdminCredentials, ConsumerCredentials } from '../liveperson/types';
import type { Storage } from '../storage/types';

/** A configured account, its address, its storage and its credentials. */
export interface AccountAccess {
  readonly config: AccountConfig;
  readonly address: AccountAddress;
  readonly storage: Storage;
  /** null when the account has no login. Read anew each time, so that a corrected secret needs no restart. */
  readonly adminCredentials: () => AdminCredentials | null;
  readonly consumerCredentials: (consumer: string) => Promise<ConsumerCredentials>;
}
