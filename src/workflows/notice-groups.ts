import { ERROR_TABLE, type ErrorCode } from '../errors/table';
import { MOST_IDS, NOTICE_REASONS, type Notice, type NoticeGroup, type NoticesCarried } from '../contract';

/** How long the first message of a group waits for further notices. */
const GATHER_MS = 3000;

/** Notices within this time after a message are combined into the next message. */
const QUIET_MS = 900_000;

interface Entry {
  group: NoticeGroup | null;
  nextAtMs: number;
}

/** The notices to send, by account and reason, and their times. */
export class NoticeGroups {
  private readonly entries: Map<string, Entry>;
  private changes = 0;

  constructor(carried: NoticesCarried['groups']) {
    this.entries = new Map(carried.map(({ key, group, nextAtMs }) => [key, { group, nextAtMs }]));
  }

  /** Anything but notices is dropped: an error here would stop the workflow forever. */
  add(told: unknown, nowMs: number): void {
    const { notices } = told as { readonly notices?: unknown };
    for (const notice of Array.isArray(notices) ? notices.filter(isNotice) : []) {
      const key = `${notice.reason} ${notice.account}`;
      const entry = this.entries.get(key) ?? { group: null, nextAtMs: nowMs + GATHER_MS };
      entry.group = merged(entry.group, notice, new Date(nowMs).toISOString());
      this.entries.set(key, entry);
    }
    this.changes += 1;
  }

  /**
   * Removes and returns the group that has been due for longest. Notices that arrive during its delivery form another
   * message.
   */
  takeDue(nowMs: number): NoticeGroup | null {
    const due = [...this.entries.values()].filter(({ group, nextAtMs }) => group !== null && nextAtMs <= nowMs);
    const [first] = due.toSorted((one, other) => one.nextAtMs - other.nextAtMs);
    if (first === undefined) return null;
    const { group } = first;
    first.group = null;
    return group;
  }

  /** The quiet time of a group begins with the end of its delivery. */
  sent({ reason, account }: NoticeGroup, nowMs: number): void {
    const entry = this.entries.get(`${reason} ${account}`);
    if (entry !== undefined) entry.nextAtMs = nowMs + QUIET_MS;
  }

  /** Waits until a group is due, a quiet time has passed, or something is added. */
  async untilChange(
    nowMs: number,
    wait: { (until: () => boolean): Promise<void>; (until: () => boolean, withinMs: number): Promise<boolean> },
  ): Promise<void> {
    const before = this.changes;
    const changed = (): boolean => this.changes !== before;
    const next = Math.min(...Array.from(this.entries.values(), ({ nextAtMs }) => nextAtMs));
    await (Number.isFinite(next) ? wait(changed, Math.max(1, next - nowMs)) : wait(changed));
    this.forgetQuiet(Date.now());
  }

  isEmpty(): boolean {
    return this.entries.size === 0;
  }

  waiting(): number {
    return [...this.entries.values()].filter(({ group }) => group !== null).length;
  }

  carried(): NoticesCarried['groups'] {
    return Array.from(this.entries, ([key, entry]) => ({ key, ...entry }));
  }

  private forgetQuiet(nowMs: number): void {
    for (const [key, { group, nextAtMs }] of this.entries) {
      if (group === null && nextAtMs <= nowMs) this.entries.delete(key);
    }
  }
}

function merged(before: NoticeGroup | null, notice: Notice, at: string): NoticeGroup {
  const { account, reason, count, code, ids, text } = notice;
  const codes = { ...before?.codes };
  if (code !== null) codes[code] = (codes[code] ?? 0) + count;
  return {
    account,
    reason,
    count: (before?.count ?? 0) + count,
    codes,
    ids: [...new Set([...(before?.ids ?? []), ...ids])].slice(0, MOST_IDS),
    // The sentence of one case would be misleading for many cases.
    text: before === null ? text : null,
    since: before?.since ?? at,
    until: at,
  };
}

function isNotice(value: unknown): value is Notice {
  const { account, reason, count, code, ids, text } = (typeof value === 'object' && value !== null ? value : {}) as {
    readonly [Key in keyof Notice]?: unknown;
  };
  return (
    typeof account === 'string' &&
    NOTICE_REASONS.some((known) => known === reason) &&
    Number.isSafeInteger(count) &&
    Number(count) > 0 &&
    (code === null || isCode(code)) &&
    Array.isArray(ids) &&
    ids.every((id) => typeof id === 'string') &&
    (text === null || typeof text === 'string')
  );
}

function isCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_TABLE, code);
}
