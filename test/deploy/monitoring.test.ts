import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { createMetrics } from '../../src/metrics';

const MONITORING = join(__dirname, '../../deploy/monitoring');
const read = (name: string): string => readFileSync(join(MONITORING, name), 'utf8');

interface Rules {
  readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
}
interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets: readonly { readonly expr: string }[] }[];
}

const alerts = (parse(read('alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);
const { panels } = JSON.parse(read('dashboard.json')) as Dashboard;
const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));

/** Of Temporal's SDK 1.24, seen on a running worker; `test/worker/metrics.test.ts` finds the prefix. */
const OF_THE_SDK = [
  'temporal_activity_schedule_to_start_latency_seconds_bucket',
  'temporal_worker_task_slots_available',
];

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
const describeWithPromtool = hasPromtool ? describe : describe.skip;
if (!hasPromtool) process.stderr.write('promtool is not installed: alert rules and dashboard are not checked by it.\n');

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'ferry-monitoring-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function promtool(...words: readonly string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('promtool', words, { cwd: directory, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

test('Every metric of the dashboard and of the alert rules is one that a worker has.', async () => {
  const text = await createMetrics({ host: 'h', version: '1' }).text();
  const found = Array.from(text.matchAll(/^# TYPE (\w+)/gm), ([, name = '']) => name);
  const names = new Set(found.flatMap((name) => [name, `${name}_bucket`, `${name}_count`, `${name}_sum`]));
  for (const expr of [...shown, ...alerts.map((rule) => rule.expr)]) {
    const used = Array.from(expr.matchAll(/\b(?:ferry|temporal|nodejs|process)_\w+/g), ([name]) => name);
    expect({ expr, unknown: used.filter((name) => !names.has(name) && !OF_THE_SDK.includes(name)) }).toEqual({
      expr,
      unknown: [],
    });
  }
});

test('Every metric of Ferry is on the dashboard, and every alert has a summary and a severity.', async () => {
  const text = await createMetrics({ host: 'h', version: '1' }).text();
  const own = Array.from(text.matchAll(/^# TYPE (ferry_\w+)/gm), ([, name = '']) => name);
  expect(own.length).toBeGreaterThan(10);
  expect(own.filter((name) => name !== 'ferry_build_info' && !shown.some((expr) => expr.includes(name)))).toEqual([]);
  for (const rule of alerts)
    expect(rule).toMatchObject({
      labels: { severity: expect.any(String) },
      annotations: { summary: expect.any(String) },
    });
});

describeWithPromtool('With promtool', () => {
  test('promtool accepts the rules, the settings of the scrape and every expression of the dashboard.', () => {
    for (const name of ['alerts.yml', 'prometheus.yml']) copyFileSync(join(MONITORING, name), join(directory, name));
    const rules = shown.map((expr, at) => ({ record: `panel_${at}`, expr: expr.replaceAll('$__rate_interval', '5m') }));
    writeFileSync(join(directory, 'dashboard.yml'), stringify({ groups: [{ name: 'dashboard', rules }] }));
    expect(promtool('check', 'rules', 'alerts.yml', 'dashboard.yml')).toMatchObject({ status: 0 });
    expect(promtool('check', 'config', 'prometheus.yml')).toMatchObject({ status: 0 });
  });

  test('Each alert fires for the series that it is for, and clears.', () => {
    copyFileSync(join(MONITORING, 'alerts.yml'), join(directory, 'alerts.yml'));
    copyFileSync(join(__dirname, 'fixtures/alerts.test.yml'), join(directory, 'alerts.test.yml'));
    const { status, output } = promtool('test', 'rules', 'alerts.test.yml');
    expect({ status, output }).toMatchObject({ status: 0, output: expect.stringContaining('SUCCESS') });
  });
});
