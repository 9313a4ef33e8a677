import type { LoadKind, LoadMeter } from './types';

export interface Load {
  readonly inFlight: number;
  /** The highest `inFlight` since the start, or since the last reset. */
  readonly peak: number;
}

class Gauge {
  private inFlight = 0;
  private peak = 0;

  add(count: 1 | -1): void {
    this.inFlight += count;
    this.peak = Math.max(this.peak, this.inFlight);
  }

  reset(): void {
    this.peak = this.inFlight;
  }

  read(): Load {
    return { inFlight: this.inFlight, peak: this.peak };
  }
}

/** Counts requests that were received and are not yet answered, so that anybody can check a client's limit. */
export class LoadGauges implements LoadMeter {
  private readonly all = new Gauge();
  private readonly kinds = { requests: new Gauge(), transfers: new Gauge() };

  enter(kind: LoadKind): () => void {
    const gauges = kind === 'others' ? [this.all] : [this.all, this.kinds[kind]];
    for (const gauge of gauges) gauge.add(1);
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      for (const gauge of gauges) gauge.add(-1);
    };
  }

  /** The page `GET /_sandbox/load`. */
  read(): Load & { readonly requests: Load; readonly transfers: Load } {
    return { ...this.all.read(), requests: this.kinds.requests.read(), transfers: this.kinds.transfers.read() };
  }

  reset(): void {
    for (const gauge of [this.all, this.kinds.requests, this.kinds.transfers]) gauge.reset();
  }
}
