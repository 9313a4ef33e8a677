import type { EnableResult, Identity } from '../contract';
import * as bound from './bounds';
import type { ActivityDeps } from './deps';
import type { WaitingAttempt } from './pacer';
import { readSecretOrPark } from './read-secret';

export const enableInput = bound.record<Identity>(bound.identity);

/** Makes sure that file sharing is on. Reads first, so a lost answer to the write is harmless. */
export async function enable(deps: ActivityDeps, input: Identity, attempt: WaitingAttempt): Promise<EnableResult> {
  if (deps.sharing.isOn(input.account)) return { skipped: null };
  const { config, address, adminCredentials } = deps.account(input.account);
  const credentials = await readSecretOrPark(adminCredentials);
  if (credentials === null) {
    return { skipped: `Whether file sharing is on was not checked: account ${config.name} has no login.` };
  }
  await deps.pacer.run(
    { group: config.name, name: 'administration' },
    () => deps.liveperson.ensureFileSharing(address, credentials, config.enableFileSharing, attempt.signal),
    attempt,
  );
  deps.sharing.rememberOn(input.account);
  return { skipped: null };
}
