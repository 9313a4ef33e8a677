import type { MessagingResult } from './run';
import { loginsOf, paceOf } from './truth';

/** One table, and below it every finding in a sentence. */
export function report(result: MessagingResult): string {
  const { options, outcomes, requests, outage, findings } = result;
  const done = outcomes.filter(({ state }) => state === 'done').length;
  const { tried, given } = loginsOf(requests);
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const rows: [string, string][] = [
    ['seed', `${options.seed}, ${outage === null ? `faults at ${options.share} of the requests` : 'an outage'}`],
    ['transfers', `${outcomes.length}, ${done} done, of ${options.consumers} consumers`],
    ['messages', String(result.messages)],
    ['conversations', String(result.conversations)],
    ['faults met', String(result.faultsMet)],
    ['requests', String(requests.length)],
    ['logins', `${given.length} in ${tried} tries`],
    ['took', seconds(result.tookMs)],
    ...outageRows(result),
    ['findings', String(findings.length)],
  ];
  const widest = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${name.padEnd(widest)}  ${value}`);
  const sentences = findings.map(({ kind, what }) => `${kind.toUpperCase()}: ${what}`);
  return [...table, ...(sentences.length > 0 ? ['', ...sentences] : []), ''].join('\n');
}

function outageRows({ options, requests, outage }: MessagingResult): [string, string][] {
  if (outage === null) return [];
  const { atTheBreak, mean, worst } = paceOf(requests, outage, options.consumers);
  return [
    ['away', `${((outage.to - outage.from) / 1000).toFixed(0)} s, ${atTheBreak} requests in its first five`],
    [
      'a second and consumer',
      `${mean.toFixed(3)} requests on average, ${worst.toFixed(3)} in the worst ten seconds, after those five`,
    ],
  ];
}
