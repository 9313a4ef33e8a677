import { createMetrics, type Metrics } from '../../src/metrics';

let metrics: Metrics;

beforeEach(() => {
  metrics = createMetrics({ host: 'h', version: '1.2.3' });
});

/** The value of the series with exactly these labels and the host; null: there is none. */
async function valueOf(name: string, labels: Readonly<Record<string, string>> = {}): Promise<number | null> {
  const wanted = Object.entries({ ...labels, host: 'h' }).map(([label, value]) => `${label}="${value}"`);
  for (const line of (await metrics.text()).split('\n')) {
    const [, found, text = '', value] = /^(\w+)(?:\{(.*)\})? (.*)$/.exec(line) ?? [];
    const has = text.split(',').toSorted().join(',') === wanted.toSorted().join(',');
    if (found === name && has) return Number(value);
  }
  return null;
}

test('Attempts, bytes, renewals and refusals are counted under accounts, steps and codes.', async () => {
  const { meter } = metrics;
  meter.stepEnded('upload', 'acme', 'retried', 'STORAGE_UNAVAILABLE', 0.5);
  meter.stepEnded('upload', 'acme', 'ok', null, 2);
  meter.bytesMoved('acme', 'up', 1000);
  meter.bytesMoved('acme', 'up', 500);
  meter.linkRenewed('acme', 'up');
  meter.throttled('acme', 'messaging');
  meter.lineSettled('acme', 'parked');
  expect(await valueOf('ferry_bytes_total', { account: 'acme', direction: 'up' })).toBe(1500);
  expect(await valueOf('ferry_link_renewals_total', { account: 'acme', direction: 'up' })).toBe(1);
  expect(await valueOf('ferry_throttled_total', { account: 'acme', service: 'messaging' })).toBe(1);
  expect(await valueOf('ferry_job_lines_total', { account: 'acme', state: 'parked' })).toBe(1);
  const failure = { step: 'upload', account: 'acme', code: 'STORAGE_UNAVAILABLE', result: 'retried' };
  expect(await valueOf('ferry_step_failures_total', failure)).toBe(1);
  expect(await valueOf('ferry_step_duration_seconds_count', { step: 'upload', result: 'ok' })).toBe(1);
  expect(await valueOf('ferry_step_duration_seconds_sum', { step: 'upload', result: 'ok' })).toBe(2);
  expect(await valueOf('ferry_build_info', { version: '1.2.3' })).toBe(1);
});

test('What is read at a scrape replaces what was read before: a code that parks nothing more has no series left.', async () => {
  let held = 3;
  let schedules = [{ account: 'acme', missed: 2, skipped: 1, failed: 0, stopped: 1 }];
  metrics.read({ limiter: () => [{ account: 'acme', limit: 'requests', held, cap: 10 }], sealKeyAge: () => 60 });
  metrics.read({ schedules: () => schedules });
  expect(await valueOf('ferry_limiter_held', { account: 'acme', limit: 'requests' })).toBe(3);
  expect(await valueOf('ferry_limiter_cap', { account: 'acme', limit: 'requests' })).toBe(10);
  expect(await valueOf('ferry_schedule_missed_runs_total', { account: 'acme' })).toBe(2);
  expect(await valueOf('ferry_schedule_missed_runs_total', { account: 'acme' })).toBe(2);
  expect(await valueOf('ferry_schedule_failed_runs_total', { account: 'acme' })).toBe(0);
  expect(await valueOf('ferry_schedules_stopped', { account: 'acme' })).toBe(1);
  expect(await valueOf('ferry_seal_key_age_seconds')).toBe(60);
  held = 0;
  schedules = [];
  expect(await valueOf('ferry_limiter_held', { account: 'acme', limit: 'requests' })).toBe(0);
  expect(await valueOf('ferry_schedules_stopped', { account: 'acme' })).toBeNull();
});

test('Transfers are counted once for all scrapes of some seconds, and by state and code.', async () => {
  let asked = 0;
  metrics.read({
    transfers: async () => {
      asked += 1;
      return { states: { running: 2, parked: 5 }, parked: [{ account: 'acme', code: 'DISK_FULL', count: 5 }] };
    },
  });
  expect(await valueOf('ferry_transfers', { state: 'running' })).toBe(2);
  expect(await valueOf('ferry_parked_transfers', { account: 'acme', code: 'DISK_FULL' })).toBe(5);
  expect(await valueOf('ferry_temporal_up')).toBe(1);
  expect(asked).toBe(1);
});

test('A reading that fails is left out, and the rest is served: Temporal may be away.', async () => {
  metrics.read({ transfers: () => Promise.reject(new Error('away')), sealKeyAge: () => 1 });
  expect(await valueOf('ferry_transfers', { state: 'running' })).toBeNull();
  expect(await valueOf('ferry_temporal_up')).toBe(0);
  expect(await valueOf('ferry_seal_key_age_seconds')).toBe(1);
});

test('The metrics of another source follow, and are left out when the source fails.', async () => {
  const text = (beside: () => Promise<string>) => createMetrics({ host: 'h', version: '1', beside }).text();
  expect(await text(() => Promise.resolve('temporal_x{a="b"} 1\n'))).toMatch(/\ntemporal_x\{a="b"\} 1\n$/);
  expect(await text(() => Promise.reject(new Error('away')))).toContain('ferry_build_info');
});
