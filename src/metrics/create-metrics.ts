import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createMeter } from './counters';
import { createGauges } from './gauges';
import type { Meter, Readings } from './types';

export interface Metrics {
  readonly meter: Meter;
  /** Adds readings for each scrape. A later reading replaces an earlier reading of the same name. */
  read(readings: Readings): void;
  /** Everything in Prometheus' text format. */
  text(): Promise<string>;
}

export interface MetricsOptions {
  /** Label of every metric. */
  readonly host: string;
  readonly version: string;
  /** The text of another source, such as Temporal's SDK; its metrics have names of their own. Left out when it fails. */
  readonly beside?: () => Promise<string>;
}

/** A set of metrics of its own: nothing is shared with other sets of the process. */
export function createMetrics({ host, version, beside }: MetricsOptions): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ host });
  const meter = createMeter(registry);
  let readings: Readings = {};
  createGauges(registry, () => readings);
  const build = new Gauge({ name: 'ferry_build_info', help: '1.', labelNames: ['version'], registers: [registry] });
  build.set({ version }, 1);
  collectDefaultMetrics({ register: registry });
  return {
    meter,
    read(more) {
      readings = { ...readings, ...more };
    },
    async text() {
      const [own, other] = await Promise.all([registry.metrics(), beside?.().catch(() => '') ?? '']);
      return `${own}${other}`;
    },
  };
}
