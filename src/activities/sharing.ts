import { FerryError, isFerryError, toFerryError } from '../errors';
import { SharedCalls } from '../lib/shared-call';
import { FILE_SHARING } from '../liveperson';
import type { ActivityDeps } from './deps';

/** How long "it is on" is believed without reading the property again. */
const BELIEVED_MS = 60_000;

/** How long the messaging service may take to learn that the property was switched on. */
const LEARNING_MS = 15 * 60_000;

/** What this worker knows of the accounts' file sharing, so that a thousand transfers read the property once. */
export class SharingKnown {
  private readonly onUntil = new Map<string, number>();
  private readonly learningUntil = new Map<string, number>();
  private readonly reading = new SharedCalls<number | null>();

  isOn(account: string): boolean {
    return isAhead(this.onUntil.get(account));
  }

  rememberOn(account: string): void {
    this.onUntil.set(account, performance.now() + BELIEVED_MS);
  }

  forget(account: string): void {
    this.onUntil.delete(account);
  }

  /**
   * Whether the property was switched on so recently that the messaging service may not know it yet.
   *
   * @param readAge gives the time since the property was switched on in milliseconds; null: it is off, or nobody knows
   */
  async isLearning(account: string, readAge: () => Promise<number | null>): Promise<boolean> {
    if (isAhead(this.learningUntil.get(account))) return true;
    const ageMs = await this.reading.run(account, readAge);
    if (ageMs === null || ageMs >= LEARNING_MS) return false;
    this.learningUntil.set(account, performance.now() + Math.min(BELIEVED_MS, LEARNING_MS - ageMs));
    return true;
  }
}

function isAhead(time: number | undefined): boolean {
  return time !== undefined && time > performance.now();
}

/**
 * What a failed request for an upload link means. File sharing that was switched on minutes ago may be unknown to the
 * messaging service: that heals by itself, and no person has to do anything. Any transfer can see it by the property.
 */
export async function judgeSharing(deps: ActivityDeps, account: string, error: unknown): Promise<unknown> {
  if (!isFerryError(error) || error.code !== 'FILE_SHARING_OFF') return error;
  deps.sharing.forget(account);
  try {
    if (!(await deps.sharing.isLearning(account, () => readAge(deps, account)))) return error;
  } catch (thrown) {
    // While the property cannot be read nobody knows whether a person has to act. A refused login is another matter.
    const unread = toFerryError(thrown);
    return unread.row.does === 'retry' ? unread : error;
  }
  return new FerryError(
    'FILE_SHARING_NOT_YET',
    `File sharing of the account ${account} was switched on less than 15 minutes ago, and the messaging service does not know it yet.`,
    { cause: error },
  );
}

async function readAge(deps: ActivityDeps, accountName: string): Promise<number | null> {
  const { config, address, adminCredentials } = deps.account(accountName);
  const credentials = adminCredentials();
  if (credentials === null) return null;
  const property = await deps.pacer.run({ group: config.name, name: 'administration' }, () =>
    deps.liveperson.readProperty(address, credentials, FILE_SHARING),
  );
  return property?.isOn === true ? property.modifiedAgoMs : null;
}
