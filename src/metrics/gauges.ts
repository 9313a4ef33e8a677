import { Gauge, type Registry } from 'prom-client';
import type { Readings, TransferCounts } from './types';

/** Temporal is asked at most this often, however many scrapers there are. */
const REMEMBER_MS = 10_000;

/** The metrics that are read when they are asked for. `readings` is looked up at each scrape. */
export function createGauges(registry: Registry, readings: () => Readings): void {
  const counts = remembered(() => readings().transfers?.() ?? Promise.resolve(null));
  /** A gauge whose series are replaced at each scrape: those that are no longer read must not stay. */
  const gauge = (name: string, help: string, labelNames: readonly string[], read: (g: Gauge) => unknown): void => {
    const made = new Gauge({
      name,
      help,
      labelNames,
      registers: [],
      async collect() {
        this.reset();
        try {
          await read(this);
        } catch {
          // What cannot be read now is left out; the other metrics are served.
        }
      },
    });
    registry.registerMetric(made);
  };
  gauge('ferry_transfers', 'Transfers and fetches that Temporal lists, by state.', ['state'], async (g) => {
    for (const [state, count] of Object.entries((await counts())?.states ?? {})) g.set({ state }, count);
  });
  gauge(
    'ferry_parked_transfers',
    'Parked transfers by the code of their error, of the newest 1,000.',
    ['account', 'code'],
    async (g) => {
      for (const { account, code, count } of (await counts())?.parked ?? []) g.set({ account, code }, count);
    },
  );
  gauge('ferry_temporal_up', '1 when Temporal answered the last question of this worker, else 0.', [], async (g) => {
    const answered = await counts().then(
      () => true,
      () => false,
    );
    g.set(answered ? 1 : 0);
  });
  gauge('ferry_limiter_held', "What this worker holds of an account's capacity.", ['account', 'limit'], (g) => {
    for (const { account, limit, held } of readings().limiter?.() ?? []) g.set({ account, limit }, held);
  });
  gauge('ferry_limiter_cap', "Cap of an account's capacity.", ['account', 'limit'], (g) => {
    for (const { account, limit, cap } of readings().limiter?.() ?? [])
      if (cap !== null) g.set({ account, limit }, cap);
  });
  gauge('ferry_job_lines', 'Lines of the jobs of this host, by state.', ['account', 'state'], async (g) => {
    for (const { account, state, lines } of (await readings().jobLines?.()) ?? []) g.set({ account, state }, lines);
  });
  gauge('ferry_seal_key_age_seconds', 'Age of the newest seal key, by the time of its file.', [], (g) => {
    const age = readings().sealKeyAge?.() ?? null;
    if (age !== null) g.set(age);
  });
}

function remembered(ask: () => Promise<TransferCounts | null>): () => Promise<TransferCounts | null> {
  let last: { readonly at: number; readonly answer: Promise<TransferCounts | null> } | null = null;
  return () => {
    if (last === null || performance.now() - last.at >= REMEMBER_MS) last = { at: performance.now(), answer: ask() };
    return last.answer;
  };
}
