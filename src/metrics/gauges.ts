import { Counter, Gauge, type Registry } from 'prom-client';
import type { Readings, TransferCounts } from './types';

/** Temporal is asked at most this often, however many scrapers there are. */
const REMEMBER_MS = 10_000;

/** The metrics that are read at each scrape, from `readings`. */
export function createGauges(registry: Registry, readings: () => Readings): void {
  const counts = remembered(() => readings().transfers?.() ?? Promise.resolve(null));
  /** A gauge whose series are replaced at each scrape, so that outdated series disappear. */
  const gauge = (name: string, help: string, labelNames: readonly string[], read: (g: Gauge) => unknown): void => {
    registry.registerMetric(new Gauge({ name, help, labelNames, registers: [], collect: replaced(read) }));
  };
  /** A counter whose value is stored elsewhere and outlives the process. */
  const counter = (name: string, help: string, labelNames: readonly string[], read: (c: Counter) => unknown): void => {
    registry.registerMetric(new Counter({ name, help, labelNames, registers: [], collect: replaced(read) }));
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
  for (const [which, help] of Object.entries(LOST_RUNS) as [keyof typeof LOST_RUNS, string][]) {
    counter(`ferry_schedule_${which}_runs_total`, help, ['account'], (c) => {
      for (const { account, [which]: runs } of readings().schedules?.() ?? []) c.inc({ account }, runs);
    });
  }
  gauge(
    'ferry_schedules_stopped',
    'Schedules of this host that begin no runs, most often paused.',
    ['account'],
    (g) => {
      for (const { account, stopped } of readings().schedules?.() ?? []) g.set({ account }, stopped);
    },
  );
  gauge('ferry_seal_key_age_seconds', 'Age of the newest seal key, by the time of its file.', [], (g) => {
    const age = readings().sealKeyAge?.() ?? null;
    if (age !== null) g.set(age);
  });
}

function replaced<M extends { reset(): void }>(read: (metric: M) => unknown): (this: M) => Promise<void> {
  return async function collect() {
    this.reset();
    try {
      await read(this);
    } catch {
      // A failed reading is left out; the other metrics are served.
    }
  };
}

const LOST_RUNS = {
  missed: 'Scheduled runs that did not begin, because Temporal was away for longer than --catch-up.',
  skipped: 'Scheduled runs that did not begin, because the previous run had not ended.',
  failed: 'Scheduled runs that failed.',
} as const;

function remembered(ask: () => Promise<TransferCounts | null>): () => Promise<TransferCounts | null> {
  let last: { readonly at: number; readonly answer: Promise<TransferCounts | null> } | null = null;
  return () => {
    if (last === null || performance.now() - last.at >= REMEMBER_MS) last = { at: performance.now(), answer: ask() };
    return last.answer;
  };
}
