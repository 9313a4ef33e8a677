import type { Notices } from '../activities';

/**
 * The shortest time between two notices about a throttled account, because a service may answer 429 hundreds of times.
 */
const TELL_EVERY_MS = 60_000;

/**
 * Turns 429 answers into notices: the first at once, and all further answers within a minute as one more. Never throws.
 * A notice that cannot be passed on is dropped, because the next 429 causes the same notice.
 */
export function tellThrottled(notices: Pick<Notices, 'tell'>): (account: string) => void {
  const waiting = new Map<string, number>();
  const send = (account: string, count: number): void => {
    const notice = { account, reason: 'limitThrottled', count, code: 'THROTTLED', ids: [], text: null } as const;
    void notices.tell([notice]).catch(() => undefined);
    waiting.set(account, 0);
    setTimeout(() => flush(account), TELL_EVERY_MS).unref();
  };
  const flush = (account: string): void => {
    const count = waiting.get(account) ?? 0;
    if (count > 0) send(account, count);
    else waiting.delete(account);
  };
  return (account) => {
    const before = waiting.get(account);
    if (before === undefined) send(account, 1);
    else waiting.set(account, before + 1);
  };
}
