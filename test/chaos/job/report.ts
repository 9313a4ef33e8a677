import type { JobChaosResult } from './run';

/** One table, and below it every finding in a sentence. */
export function report(result: JobChaosResult): string {
  const { options, status, findings } = result;
  const rows: [string, string][] = [
    ['seed', `${options.seed}, ${options.lanes} lanes`],
    ['files', `${options.files}, ${status.counts.done} done`],
    ['state', status.state],
    ['journal', `${result.rows} rows`],
    ['messages', String(result.messages)],
    ['unreferenced', `${result.unreferenced} objects`],
    ['done to parts', `${result.kills} kill, ${result.pauses} pause`],
    ['took', `${(result.tookMs / 1000).toFixed(1)} s, ${((options.files * 1000) / result.tookMs).toFixed(1)} files/s`],
    ['findings', String(findings.length)],
  ];
  const widest = Math.max(...rows.map(([name]) => name.length));
  const table = rows.map(([name, value]) => `${name.padEnd(widest)}  ${value}`);
  const sentences = findings.slice(0, 50).map(({ kind, what }) => `${kind.toUpperCase()}: ${what}`);
  return [...table, ...(sentences.length > 0 ? ['', ...sentences] : []), ''].join('\n');
}
