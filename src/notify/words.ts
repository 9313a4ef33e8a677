import type { NoticeGroup, NoticeReason } from '../contract';

type Sentence = (count: string, account: string) => string;

const TITLES: Readonly<Record<NoticeReason, { readonly one: Sentence; readonly many: Sentence }>> = {
  parked: {
    one: (_, account) => `A transfer of ${account} is parked: only a person can go on with it.`,
    many: (count, account) => `${count} transfers of ${account} are parked: only a person can go on with them.`,
  },
  failed: {
    one: (_, account) => `A transfer of ${account} failed.`,
    many: (count, account) => `${count} transfers of ${account} failed.`,
  },
  credentialsRefused: {
    one: (_, account) => `LivePerson refuses the credentials of ${account}: a transfer is parked.`,
    many: (count, account) => `LivePerson refuses the credentials of ${account}: ${count} transfers are parked.`,
  },
  jobFinished: {
    one: (_, account) => `A job of ${account} has finished.`,
    many: (count, account) => `${count} jobs of ${account} have finished.`,
  },
  scheduleMissed: {
    one: (_, account) => `A schedule of ${account} did not run as planned.`,
    many: (count, account) => `Schedules of ${account} did not run as planned, ${count} times.`,
  },
  limitThrottled: {
    one: (_, account) => `A service asked ${account} for fewer requests (429).`,
    many: (count, account) => `A service asked ${account} for fewer requests (429), ${count} times.`,
  },
};

const NEXT: Readonly<Partial<Record<NoticeReason, string>>> = {
  parked: 'ferry list --parked says why; then ferry retry ID. Of a job: ferry job status ID says what to do.',
  credentialsRefused: 'Correct the credentials; ferry doctor checks them; then ferry retry ID.',
  failed: 'ferry list --failed says why; the same send starts again. Of a job: ferry job status ID says what to do.',
  scheduleMissed: 'ferry schedule list says why. The next run sends what is new.',
};

export interface Words {
  readonly title: string;
  /** Further facts, one line each; may be empty. */
  readonly lines: readonly string[];
}

/** A notice for people. It contains ids, accounts and codes. Paths and consumers occur only if a `text` names them. */
export function wordsOf(group: NoticeGroup | null): Words {
  if (group === null) return { title: 'This is a test of Ferry: notices arrive here.', lines: [] };
  const { reason, account, count, codes, ids, text } = group;
  const { one, many } = TITLES[reason];
  const byCode = Object.entries(codes).map(([code, amount]) => `${code}: ${amount}`);
  const others = count - ids.length;
  const next = NEXT[reason];
  return {
    title: (count === 1 ? one : many)(count.toLocaleString('en'), account),
    lines: [
      ...(text === null ? [] : [text]),
      ...(byCode.length === 0 ? [] : [byCode.join(', ')]),
      ...(ids.length === 0 ? [] : [`${ids.join(', ')}${others > 0 ? ` and ${others.toLocaleString('en')} more` : ''}`]),
      ...(next === undefined ? [] : [next]),
    ],
  };
}
