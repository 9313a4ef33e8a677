/** Describes the limits of an account for people. */
import type { LimitsStatus } from '../../client/types';
import { LIMIT_KINDS, type AccountLimitValues, type ChangeRecord, type LimitKind } from '../../contract';
import { formatRate } from '../../lib/bytes';
import { formatClock, formatSpan } from '../shared/output/durations';
import type { Style } from '../shared/output/style';
import { tableLines } from '../shared/output/table';
import { pad, safe } from '../shared/output/text';

interface DescribeOptions {
  readonly nowMs: number;
  readonly style: Style;
}

/** The number of changes to show. */
const SHOWN_CHANGES = 5;

export function describeLimits(
  account: string,
  status: LimitsStatus | null,
  configured: AccountLimitValues | null,
  { nowMs, style }: DescribeOptions,
): string[] {
  const limits = status?.limits ?? configured;
  const line = (name: string, text: string): string => `  ${style.dim(pad(name, 12))} ${text}`;
  const head = `${style.strong(safe(account))}  ${limits === null ? 'no limits' : limitWords(limits)}`;
  if (status === null) return [head, line('in use', 'no worker has needed the limits yet')];
  return [
    head,
    ...LIMIT_KINDS.flatMap((kind) => refusalLine(kind, status, nowMs)).map((text) => line('last 429', text)),
    ...(status.change === null ? [] : [line('changed', changeWords(status, nowMs))]),
    ...workerLines(status).map((text, at) => line(at === 0 ? 'leases' : '', text)),
    ...status.changes
      .slice(-SHOWN_CHANGES)
      .toReversed()
      .map((record, at) => line(at === 0 ? 'history' : '', recordWords(record, nowMs))),
  ];
}

function limitWords(values: Partial<AccountLimitValues>): string {
  const { requests, transfers, requestsPerSecond, bytesPerSecond, timetable } = values;
  const words = [
    places(requests, 'requests'),
    places(transfers, 'transfers'),
    requestsPerSecond === undefined || requestsPerSecond === null ? null : `${requestsPerSecond} requests/s`,
    bytesPerSecond === undefined || bytesPerSecond === null ? null : formatRate(bytesPerSecond),
    timetable === undefined || timetable === null ? null : `by time ${timetable}`,
  ].filter((word) => word !== null);
  return words.length === 0 ? 'no limits' : words.join(', ');
}

/** A change may also remove a limit. */
function changedWords(values: Partial<AccountLimitValues>): string {
  const words = [
    ...(Object.values(values).some((value) => value !== null) ? [limitWords(values)] : []),
    ...(values.bytesPerSecond === null ? ['any number of bytes/s'] : []),
  ];
  return words.length === 0 ? 'nothing' : words.join(', ');
}

function places(amount: number | null | undefined, what: string): string | null {
  return amount === undefined || amount === null ? null : `${amount} ${what} at once`;
}

function refusalLine(kind: LimitKind, { refusals, now, limits }: LimitsStatus, nowMs: number): string[] {
  const refusal = refusals[kind];
  if (refusal === null) return [];
  const level = now[kind] === limits[kind] ? '' : `; ${now[kind] ?? 'any number'} at once for now`;
  const since = `${formatClock(new Date(refusal.at).toISOString(), nowMs)} (${formatSpan(nowMs - refusal.at)} ago)`;
  return [`${since} with ${refusal.level} ${kind} under way${level}`];
}

function changeWords({ change }: LimitsStatus, nowMs: number): string {
  if (change === null) return '';
  const { until } = change;
  const end = until === null ? 'until the next change' : `until ${formatClock(new Date(until).toISOString(), nowMs)}`;
  const why = change.reason === '' ? '' : `: ${safe(change.reason)}`;
  return `${changedWords(change.values)}, ${end}, by ${safe(change.by)}${why}`;
}

/** The values that a change without an end has taken over from a change with an end; null when there are none. */
export function endlessNow({ change, changes }: LimitsStatus, nowMs: number): string | null {
  const before = changes.at(-2);
  const wasToEnd = before?.until ?? null;
  if (change === null || change.until !== null || before === undefined || wasToEnd === null) return null;
  const taken = Object.entries(before.values ?? {}).filter(([key, value]) => change.values[key as LimitName] === value);
  if (taken.length === 0 || Date.parse(wasToEnd) <= nowMs) return null;
  const words = changedWords(Object.fromEntries(taken));
  return `${words}: was to end at ${formatClock(wasToEnd, nowMs)}, and now holds until the next change. Give --for to end it.`;
}

type LimitName = keyof AccountLimitValues;

function workerLines({ workers }: LimitsStatus): string[] {
  if (workers.length === 0) return ['none: no worker has anything to do for this account'];
  const columns = [
    { title: 'host' },
    { title: 'requests', align: 'right' },
    { title: 'of', align: 'right' },
    { title: 'waiting', align: 'right' },
    { title: 'transfers', align: 'right' },
    { title: 'of', align: 'right' },
    { title: 'waiting', align: 'right' },
    { title: 'worker' },
  ] as const;
  const share = (places: number): string => (places > 100_000 ? 'any' : String(places));
  const rows = workers.map(({ host, workerId, share: held, use }) => [
    safe(host),
    ...LIMIT_KINDS.flatMap((kind) => [
      use === null ? '?' : String(use.inFlight[kind]),
      share(held[kind]),
      use === null ? '?' : String(use.waiting[kind]),
    ]),
    safe(workerId),
  ]);
  return tableLines(columns, rows, Infinity);
}

function recordWords({ at, by, reason, values, until }: ChangeRecord, nowMs: number): string {
  const what = values === null ? 'as configured' : changedWords(values);
  const end = until === null ? '' : ` until ${formatClock(until, nowMs)}`;
  return `${formatClock(at, nowMs)}  ${safe(by)}  ${what}${end}${reason === '' ? '' : `: ${safe(reason)}`}`;
}
