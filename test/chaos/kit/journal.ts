import { appendFileSync } from 'node:fs';

/** What was done and what was seen, in order: one JSON document a line. */
export interface RunLog {
  /** Milliseconds since `begin`, or since it was opened. */
  readonly now: () => number;
  /** Everything is ready: the plan's times count from here. */
  begin(): void;
  add(what: string, facts?: Readonly<Record<string, unknown>>): void;
  count(what: string): number;
}

export function openLog(files: readonly string[], print: (line: string) => void): RunLog {
  let begun = performance.now();
  const counts = new Map<string, number>();
  const now = (): number => Math.round(performance.now() - begun);
  return {
    now,
    begin() {
      begun = performance.now();
    },
    add(what, facts = {}) {
      counts.set(what, (counts.get(what) ?? 0) + 1);
      const line = `${JSON.stringify({ atMs: now(), what, ...facts })}\n`;
      for (const file of files) appendFileSync(file, line);
      const shown = Object.entries(facts).filter(([name]) => name !== 'plan');
      const words = shown.map(
        ([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
      );
      print(`${(now() / 1000).toFixed(1).padStart(7)} s  ${[what, ...words].join(' ')}`);
    },
    count: (what) => counts.get(what) ?? 0,
  };
}
