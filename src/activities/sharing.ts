import { FerryError, isFerryError, toFerryError } from '../errors';
import { SharedCalls } from '../lib/shared-call';
import { FILE_SHARING } from '../liveperson';
import type { ActivityDeps } from './deps';
import { readSecretOrPark } from './read-secret';

/** How long file sharing counts as on without a new read of the property. */
const BELIEVED_MS = 60_000;

/** Time for the messaging service to notice that the property was switched on. */
const LEARNING_MS = 15 * 60_000;

/** A cache of the accounts' file sharing, so that a thousand transfers read the property once. */
export class SharingKnown {
  private readonly onUntil = new Map<string, number>();
  private readonly learningUntil = new Map<string, number>();
  private readonly switchedOnUntil = new Map<string, number>();
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

  /** True once in 15 minutes for each account: the caller then switches file sharing on. */
  maySwitchOn(account: string): boolean {
    if (isAhead(this.switchedOnUntil.get(account))) return false;
    this.switchedOnUntil.set(account, performance.now() + LEARNING_MS);
    return true;
  }

  /**
   * True when the property was switched on so recently that the messaging service may not have noticed.
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
 * The error for a failed request for an upload link.
 *
 * The messaging service may not have noticed that file sharing was switched on minutes ago; this heals by itself. When
 * somebody switched it off after the check, Ferry switches it on again if it may: once in 15 minutes, so that two
 * programs do not fight over the property.
 *
 * @returns FILE_SHARING_NOT_YET to try again, or an error to park with
 */
export async function judgeSharing(
  deps: ActivityDeps,
  account: string,
  error: unknown,
  signal: AbortSignal,
): Promise<unknown> {
  if (!isFerryError(error) || error.code !== 'FILE_SHARING_OFF') return error;
  deps.sharing.forget(account);
  try {
    const isLearning = await deps.sharing.isLearning(account, () => ageOfSharing(deps, account, signal));
    if (!isLearning) return error;
  } catch (thrown) {
    // Without the property, Ferry cannot know whether a person has to act. A refused login always needs a person.
    const unread = toFerryError(thrown);
    return unread.row.does === 'retry' ? unread : error;
  }
  return new FerryError(
    'FILE_SHARING_NOT_YET',
    `File sharing of the account ${account} was switched on less than 15 minutes ago, and the messaging service does not know it yet.`,
    { cause: error },
  );
}

/** Milliseconds since file sharing was switched on, perhaps just now by Ferry; null: it is off, or nobody knows. */
async function ageOfSharing(deps: ActivityDeps, accountName: string, signal: AbortSignal): Promise<number | null> {
  const { config, address, adminCredentials } = deps.account(accountName);
  const credentials = await readSecretOrPark(adminCredentials);
  if (credentials === null) return null;
  return await deps.pacer.run({ group: config.name, name: 'administration' }, async () => {
    const property = await deps.liveperson.readProperty(address, credentials, FILE_SHARING);
    if (property?.isOn === true) return property.modifiedAgoMs;
    if (!config.enableFileSharing || !deps.sharing.maySwitchOn(accountName)) return null;
    await deps.liveperson.ensureFileSharing(address, credentials, true, signal);
    return 0;
  });
}
