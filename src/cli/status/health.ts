/** `ferry status` without an id: the health of everything. */
import type { FerryClient, Health, ScheduleStatus } from '../../client/types';
import type { JobState } from '../../contract';
import { FerryError } from '../../errors';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import type { Settings } from '../shared/settings';
import { count, pad, safe } from '../shared/output/text';

/** The number of schedules, and of runs that did not happen. */
interface ScheduleCounts {
  readonly active: number;
  readonly paused: number;
  readonly failed: number;
  readonly missed: number;
  readonly skipped: number;
}

async function countSchedules({ schedules }: FerryClient): Promise<ScheduleCounts> {
  const all = await schedules.list();
  const sum = (of: (status: ScheduleStatus) => number): number => all.reduce((total, one) => total + of(one), 0);
  return {
    active: sum(({ state }) => Number(state === 'active')),
    paused: sum(({ state }) => Number(state === 'paused')),
    failed: sum(({ lastRun }) => Number(lastRun?.state === 'failed')),
    missed: sum(({ missed }) => missed),
    skipped: sum(({ skipped }) => skipped),
  };
}

function scheduleWords({ active, paused, failed, missed, skipped }: ScheduleCounts): string {
  const parts = [`${active} active`];
  if (paused > 0) parts.push(`${paused} paused`);
  if (failed > 0) parts.push(`${failed} whose last run failed`);
  if (missed > 0) parts.push(`${count(missed, 'run')} missed`);
  if (skipped > 0) parts.push(`${count(skipped, 'run')} skipped`);
  return `${parts.join(', ')} (ferry schedule list)`;
}

type Counts = Readonly<Partial<Record<JobState, number>>>;

const UNDER_WAY: readonly JobState[] = ['running', 'waiting', 'paused', 'parked'];

/** Jobs that have not ended, by state; states without a job are left out. */
async function countJobs({ jobs }: FerryClient): Promise<Counts> {
  const counts: Partial<Record<JobState, number>> = {};
  for (const { state } of await jobs.list({ states: UNDER_WAY })) counts[state] = (counts[state] ?? 0) + 1;
  return counts;
}

/**
 * `{"type":"status","v":1,"temporal":{address,namespace,reachable,from,uiUrl},"workers":{workflows,hosts},
 * "thisHost","counts":{STATE: N},"jobs":{STATE: N},"schedules":{active,paused,failed,missed,skipped}}`;
 * `jobs` are those that have not ended
 */
function healthDocument(
  health: Health,
  jobs: Counts,
  schedules: ScheduleCounts,
  { target, up, hostId }: Settings,
): object {
  return {
    type: 'status',
    v: 1,
    temporal: { ...health.temporal, from: target.from, uiUrl: up?.uiUrl ?? null },
    workers: { workflows: health.workflowWorkers, hosts: health.hosts },
    thisHost: hostId,
    counts: health.counts,
    jobs,
    schedules,
  };
}

export async function tellHealth(
  { output }: CommandEnvironment,
  client: FerryClient,
  settings: Settings,
): Promise<ExitCode> {
  const health = await client.health();
  if (!health.temporal.reachable) {
    throw new FerryError('TEMPORAL_UNREACHABLE', `Cannot reach Temporal at ${health.temporal.address}.`);
  }
  const [jobs, schedules] = await Promise.all([countJobs(client), countSchedules(client)]);
  output.document(healthDocument(health, jobs, schedules, settings));
  const { out } = output;
  const line = (name: string, text: string): void => output.answer(`${out.dim(pad(name, 10))} ${text}`);
  line(
    'Temporal',
    `${out.good('reachable')} at ${health.temporal.address}, namespace ${health.temporal.namespace} (${settings.target.from})`,
  );
  if (settings.up !== null) line('', settings.up.uiUrl);
  if (settings.up !== null && settings.up.sandboxUrl !== null) line('sandbox', settings.up.sandboxUrl);
  line('workers', workersWords(health, settings.hostId, output.out));
  line('transfers', countsWords(health.counts));
  if (Object.keys(jobs).length > 0) line('jobs', countsWords(jobs));
  if (schedules.active + schedules.paused > 0) line('schedules', scheduleWords(schedules));
  return EXIT.done;
}

function workersWords(
  { hosts, workflowWorkers }: Health,
  thisHost: string,
  style: CommandEnvironment['output']['out'],
): string {
  if (hosts.length === 0 && workflowWorkers === 0) {
    return style.warn('none: transfers wait and go on by themselves. Start one: ferry worker');
  }
  const names = hosts.map((host) => (host === thisHost ? `${safe(host)} (this machine)` : safe(host)));
  const missing = hosts.includes(thisHost) ? '' : style.warn(`, none for this machine (${safe(thisHost)})`);
  return `${names.join(', ')}${missing}`;
}

function countsWords(counts: Counts): string {
  const parts = Object.entries(counts)
    .filter(([, amount]) => amount > 0)
    .map(([state, amount]) => `${amount.toLocaleString('en-US')} ${state}`);
  return parts.length === 0 ? 'none yet' : parts.join(', ');
}
