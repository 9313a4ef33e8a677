import { Counter, Histogram, type Registry } from 'prom-client';
import type { Meter } from './types';

/** Seconds: from a request that answers at once to an upload of an hour. */
const BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600];

/** The counters of events. */
export function createMeter(registry: Registry): Meter {
  const registers = [registry];
  const duration = new Histogram({
    name: 'ferry_step_duration_seconds',
    help: 'Duration of the attempts of steps.',
    labelNames: ['step', 'result'],
    buckets: BUCKETS,
    registers,
  });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
    new Counter({ name, help, labelNames, registers });
  const failures = counter(
    'ferry_step_failures_total',
    'Attempts of steps that ended with an error, by its code. result="retried": the step is tried again.',
    ['step', 'account', 'code', 'result'],
  );
  const bytes = counter(
    'ferry_bytes_total',
    'Bytes of files that went to storage (up) or came from storage (down), also those of broken attempts.',
    ['account', 'direction'],
  );
  const renewals = counter(
    'ferry_link_renewals_total',
    'Signed links that were asked for again, because the one before had expired or was refused.',
    ['account', 'direction'],
  );
  const lines = counter(
    'ferry_job_lines_total',
    'Lines of the jobs whose home is this host that were settled, by state. A line that is retried counts again.',
    ['account', 'state'],
  );
  const throttled = counter(
    'ferry_throttled_total',
    'Answers that asked for fewer requests (429). Storage is shared by accounts: its account is empty.',
    ['account', 'service'],
  );
  return {
    stepEnded(step, account, result, code, seconds) {
      duration.observe({ step, result }, seconds);
      if (code !== null) failures.inc({ step, account, code, result });
    },
    bytesMoved: (account, direction, count) => bytes.inc({ account, direction }, Math.max(0, count)),
    linkRenewed: (account, direction) => renewals.inc({ account, direction }),
    lineSettled: (account, state) => lines.inc({ account, state }),
    throttled: (account, service) => throttled.inc({ account, service }),
  };
}
