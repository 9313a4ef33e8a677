import type { AccountAccess } from '../activities';
import { account, addressOf, adminCredentials, consumerCredentials } from '../config';
import type { FerryConfig } from '../config/types';
import type { PerKind } from '../contract';
import { defined } from '../lib/defined';
import type { Env } from '../lib/env';
import type { Gate } from '../lib/gate';
import type { RefusalRule } from '../liveperson';
import { createStorage } from '../storage';

/** The gate of an account's requests; null when they are not limited. */
type GatesOf = (account: string) => PerKind<Gate> | null;

/** Opens each configured account when it is first used, and keeps its connections to storage. */
export function createAccounts(config: FerryConfig, env: Env, gatesOf: GatesOf = () => null) {
  const opened = new Map<string, AccountAccess>();
  return {
    get(name: string): AccountAccess {
      let access = opened.get(name);
      if (access === undefined) {
        access = openAccount(config, name, env, gatesOf);
        opened.set(name, access);
      }
      return access;
    },
    async close(): Promise<void> {
      await Promise.all([...opened.values()].map(({ storage }) => storage.close()));
    },
  };
}

function openAccount(config: FerryConfig, name: string, env: Env, gatesOf: GatesOf): AccountAccess {
  const found = account(config, name);
  const gates = gatesOf(name);
  const address = addressOf(found);
  return {
    config: found,
    address: { ...address, refusals: refusalRules(found.refusals), ...defined({ gate: gates?.requests }) },
    storage: createStorage({ ...defined({ gate: gates?.transfers, ca: address.ca }) }),
    adminCredentials: () => (found.login === null ? null : adminCredentials(found, env)),
    consumerCredentials: (consumer) => consumerCredentials(found, consumer, env),
  };
}

/** Rules for an errorCode come before rules for the code of an answer, because they are more specific. */
function refusalRules(refusals: FerryConfig['accounts'][string]['refusals']): readonly RefusalRule[] {
  const rules = Object.entries(refusals).map(([number, is]): RefusalRule => {
    const which = number.length === 3 ? { code: Number(number) } : { errorCode: Number(number) };
    return { ...which, is, origin: 'configured' };
  });
  return rules.toSorted((one, other) => Number('code' in one) - Number('code' in other));
}
