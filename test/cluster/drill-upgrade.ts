import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTemporal } from '../support/with-temporal';
import { clusterPlace, type Cluster } from './cluster';
import type { DrillOptions, DrillResult } from './drills';
import { readFaults, WORKFLOW_TASK, type HistoryFaults, type TimedOut } from './histories';
import { installRelease, type InstalledRelease } from './release';
import { countMessages, openClusterSite } from './site';
import { DRAIN_WITHIN_MS, isOfUpgrade, lengthOf, upgradeAll, type Upgrade } from './upgrade-rolls';
import { finishAll, JOB_LINES, PAUSED, sendAll, untilSettled, type Sent } from './upgrade-work';

/** Storage answers an upload so late that a worker that drains has to hand it over. */
const UPLOAD_MS = 30_000;

/**
 * Workers of an earlier version, installed from its package, give way to workers of this tree, one host after the other,
 * while transfers and a job are under way. Payloads are sealed: what one version seals the other opens.
 */
export async function rollingUpgrade(
  cluster: Cluster,
  say: (line: string) => void,
  { from }: DrillOptions,
): Promise<DrillResult> {
  const earlier = installRelease(from, say);
  const place = clusterPlace(cluster);
  const old = { cli: earlier.cli };
  const env = { ...place.env, FERRY_PAYLOAD_KEY: randomBytes(32).toString('base64') };
  const site = await openClusterSite(
    { ...place, env },
    {
      settings: ['payloads = "sealed"'],
      workers: { 'worker-a': old, 'worker-b': old },
    },
  );
  try {
    return await withTemporal(place.env, async (client) => {
      await site.view.addFault({ at: 'put', do: { delayMs: UPLOAD_MS } });
      const sent = await sendAll(site, earlier.cli);
      say(`${sent.ids.length} transfers and a job of ${JOB_LINES} lines were started with ${earlier.version}`);
      await untilSettled(site);
      const upgrade = await upgradeAll(site, client, say);
      await site.view.clearFaults();
      const end = await finishAll(site, client, sent);
      const faults = await readFaults(client);
      const result = resultOf({ earlier, sent, upgrade, end, faults, ...(await countMessages(site.view)) }, say);
      const late = faults.timeouts.filter(({ what }) => what !== WORKFLOW_TASK).map(({ workflowId }) => workflowId);
      for (const line of linesAbout(late, serverLogs(cluster))) say(line);
      if (!result.wentWell) for (const line of troublesIn(site.workerLogs())) say(line);
      return result;
    });
  } finally {
    await site.close();
  }
}

function serverLogs({ logs }: Cluster): readonly string[] {
  return ['temporal', 'temporal-2'].map((name) => readFileSync(join(logs, `${name}.log`), 'utf8'));
}

/** A server with too much to do loses a task itself, and logs that it failed to process the task. */
function linesAbout(workflowIds: readonly string[], logs: readonly string[]): readonly string[] {
  const lines = logs.flatMap((log) => log.split('\n'));
  return lines.filter((line) => workflowIds.some((id) => line.includes(`"wf-id":"${id}"`)));
}

/** Warnings and errors in the logs of the old workers, such as a result that did not reach Temporal. */
function troublesIn(logs: readonly string[]): readonly string[] {
  const lines = logs.flatMap((log) => log.split('\n'));
  return lines.filter((line) => /"level":"(?:warn|error)"/.test(line) && !line.includes('No workflows registered'));
}

interface Seen {
  readonly earlier: InstalledRelease;
  readonly sent: Sent;
  readonly upgrade: Upgrade;
  readonly end: Awaited<ReturnType<typeof finishAll>>;
  readonly faults: HistoryFaults;
  readonly messages: number;
  readonly paths: number;
}

function resultOf(seen: Seen, say: (line: string) => void): DrillResult {
  const { earlier, sent, upgrade, end, faults, messages, paths } = seen;
  const expected = sent.ids.length + JOB_LINES;
  const { failedTasks, timeouts } = faults;
  // A machine with too much to do makes workers late as well: that does not speak against the upgrade.
  const ofUpgrade = timeouts.filter((timeout) => isOfUpgrade(timeout, upgrade));
  const later = timeouts.filter((timeout) => !ofUpgrade.includes(timeout));
  const others = later.filter((timeout) => !wasPassedOn(timeout));
  for (const failed of failedTasks.slice(0, 20)) say(failed);
  for (const { what, kind, workflowId, scheduledAt } of ofUpgrade.slice(0, 20)) {
    say(`because of the upgrade, perhaps: ${what} ${kind} of ${workflowId}, scheduled at ${isoTime(scheduledAt)}`);
  }
  if (ofUpgrade.length > 0) {
    for (const { from, to } of upgrade.drains) say(`a worker drained from ${isoTime(from)} to ${isoTime(to)}`);
  }
  for (const [kind, count] of kindsOf(others)) say(`other timeouts: ${count} x ${kind}`);
  return {
    wentWell:
      end.codes.every((code) => code === 0) &&
      messages === expected &&
      paths === expected &&
      end.repeated === sent.ids.length &&
      failedTasks.length + ofUpgrade.length === 0 &&
      upgrade.drains.every((drain) => lengthOf(drain) <= DRAIN_WITHIN_MS) &&
      upgrade.jobWasRunning &&
      (upgrade.underWay.at(-1) ?? 0) > PAUSED,
    rows: [
      ['from, to', `${earlier.version} (${earlier.commit.slice(0, 12)}), this tree`],
      ['transfers under way before, after each worker', upgrade.underWay.join(', ')],
      ['the job was under way after the last worker', upgrade.jobWasRunning ? 'yes' : 'no'],
      [
        'seconds that the old workers took to drain',
        upgrade.drains.map((drain) => (lengthOf(drain) / 1000).toFixed(1)).join(', '),
      ],
      ['exit codes: resume, job watch, sends again', end.codes.join(', ')],
      ['known to the new version as sent already', `${end.repeated}`],
      ['messages, lost, doubled', `${messages}, ${expected - paths}, ${messages - paths}`],
      ['workflow tasks that failed', `${failedTasks.length} in ${faults.workflows} histories`],
      ['timeouts: perhaps of the upgrade, others', `${ofUpgrade.length}, ${others.length}`],
      ['workflow tasks passed on by a busy worker', `${later.length - others.length}`],
    ],
  };
}

const isoTime = (ms: number): string => new Date(ms).toISOString();

/** The worker that knew the workflow did not take the task within 5 s, so any worker was asked. Costs nothing but time. */
function wasPassedOn({ what, kind }: TimedOut): boolean {
  return what === WORKFLOW_TASK && kind === 'SCHEDULE_TO_START';
}

function kindsOf(timeouts: readonly TimedOut[]): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const { what, kind } of timeouts) kinds.set(`${what} ${kind}`, (kinds.get(`${what} ${kind}`) ?? 0) + 1);
  return kinds;
}
