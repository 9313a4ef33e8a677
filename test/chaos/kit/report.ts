import type { RunLog } from './journal';
import type { Outcome } from './outcomes';
import type { Plan } from './plan';
import type { PutCount } from './put-count';
import type { Finding } from './truth';

export interface Result {
  readonly plan: Plan;
  readonly outcomes: readonly Outcome[];
  readonly findings: readonly Finding[];
  readonly puts: PutCount;
  /** From the last fault's end to the last transfer's. */
  readonly settledMs: number;
  readonly messages: number;
  readonly log: RunLog;
  readonly leftOut: readonly string[];
}

const KINDS = ['lost', 'doubled', 'corrupt', 'stuck', 'failed', 'parked', 'resent', 'left over', 'secret'] as const;

/** One table, and below it every finding in a sentence. */
export function report(result: Result): string {
  const { plan, outcomes, findings, puts, log } = result;
  const done = outcomes.filter(({ state }) => state === 'done');
  const parked = outcomes.filter(({ retried }) => retried > 0);
  const needed = outcomes.reduce((sum, { sent }) => sum + sent.file.sizeBytes, 0);
  const renewals = outcomes.reduce((sum, { receipt }) => sum + (receipt?.urlRenewals ?? 0), 0);
  const counts = (...names: string[]): string => names.map((name) => `${log.count(name)} ${name}`).join(', ');
  const rows: [string, string][] = [
    ['seed', `${plan.seed}, ${plan.forMs / 60_000} minutes, ${plan.consumerMode}, links of ${plan.urlLifeSeconds} s`],
    ['transfers', `${outcomes.length}, ${done.length} done, ${parked.length} of them after a retry of what was parked`],
    ['messages', String(result.messages)],
    ['done to parts', counts('kill', 'stop', 'restart')],
    ['done to the rest', counts('fault', 'fill-disk', 'step-clock', 'restore-database')],
    ['sends and starts', counts('send-again', 'sent-again', 'start-failed')],
    ['links renewed', String(renewals)],
    ['bytes needed', mega(needed)],
    ['bytes sent', `${mega(puts.bytes)} in ${puts.puts} uploads, ${puts.stored} of them stored`],
    ['sent beyond need', `${mega(puts.bytes - needed)}, ${puts.stored - outcomes.length} files stored again`],
    ['settled after', `${(result.settledMs / 1000).toFixed(1)} s`],
    ...result.leftOut.map((what): [string, string] => ['LEFT OUT', what]),
    ...KINDS.map((kind): [string, string] => [kind, String(findings.filter((each) => each.kind === kind).length)]),
  ];
  const widest = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${name.padEnd(widest)}  ${value}`);
  const sentences = findings.map(({ kind, what }) => `${kind.toUpperCase()}: ${what}`);
  return [...table, ...(sentences.length > 0 ? ['', ...sentences] : []), ''].join('\n');
}

function mega(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
