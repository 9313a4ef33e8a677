import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { waitFor } from '../support/wait-for';
import type { Host, WorkerName } from '../chaos/kit/plan';
import { clusterPlace, type Cluster } from './cluster';
import type { DrillOptions, DrillResult } from './drills';
import { readFaults, withTemporal, type HistoryFaults, type TimedOut } from './histories';
import { installRelease, type InstalledRelease } from './release';
import { countMessages, openClusterSite, type Answer, type ClusterSite } from './site';

const HOSTS = ['a', 'b'] as const;
const FILES_OF_A_HOST = 150;
const JOB_LINES = 300;
/** Paused by the old version and resumed by the new one. */
const PAUSED = 10;

/** Storage answers an upload so late that a worker that drains has to hand it over. */
const UPLOAD_MS = 30_000;

const QUIET_MS = 3000;

/** As long as a pod may take, see deploy/helm. */
const DRAIN_WITHIN_MS = 45_000;

const FINISH_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 1000;

const ROLLS: readonly (readonly [old: WorkerName, fresh: WorkerName])[] = [
  ['worker-a', 'worker-a2'],
  ['worker-b', 'worker-b2'],
];

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
      return resultOf({ earlier, sent, upgrade, end, faults, ...(await countMessages(site.view)) }, say);
    });
  } finally {
    await site.close();
  }
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
  const others = timeouts.filter((timeout) => !ofUpgrade.includes(timeout));
  for (const failed of failedTasks.slice(0, 20)) say(failed);
  for (const [kind, count] of kindsOf(ofUpgrade)) say(`because of the upgrade, perhaps: ${count} x ${kind}`);
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
    ],
  };
}

function kindsOf(timeouts: readonly TimedOut[]): ReadonlyMap<string, number> {
  const kinds = new Map<string, number>();
  for (const { what, kind } of timeouts) kinds.set(`${what} ${kind}`, (kinds.get(`${what} ${kind}`) ?? 0) + 1);
  return kinds;
}

interface Upgrade {
  /** Transfers, before and after each worker. */
  readonly underWay: readonly number[];
  readonly drains: readonly Drain[];
  readonly jobWasRunning: boolean;
}

/** From SIGTERM until the old worker was gone, in milliseconds since the epoch. */
interface Drain {
  readonly from: number;
  readonly to: number;
}

const lengthOf = ({ from, to }: Drain): number => to - from;

/** Histories tell when a workflow task was taken, to the second, but not when an attempt of an activity was. */
function isOfUpgrade({ scheduledAt, taken }: TimedOut, { drains }: Upgrade): boolean {
  if (taken === null) return scheduledAt <= (drains.at(-1)?.to ?? 0);
  return drains.some(({ from, to }) => taken.at >= from - 1000 && taken.at <= to);
}

async function upgradeAll(site: ClusterSite, client: Client, say: (line: string) => void): Promise<Upgrade> {
  const underWay = [await running(client, 'transfer')];
  const drains: Drain[] = [];
  for (const [before, after] of ROLLS) {
    const drain = await roll(site, before, after);
    drains.push(drain);
    underWay.push(await running(client, 'transfer'));
    say(`${before} gave way to ${after} within ${lengthOf(drain)} ms; ${underWay.at(-1)} transfers under way`);
  }
  return { underWay, drains, jobWasRunning: (await running(client, 'job')) > 0 };
}

interface Sent {
  readonly ids: readonly string[];
  readonly paused: readonly string[];
  readonly files: Readonly<Record<Host, readonly string[]>>;
  readonly jobId: string;
}

/** Everything is begun with the command line of the old version. */
async function sendAll(site: ClusterSite, cli: string): Promise<Sent> {
  const files = {
    a: await site.pictures('a', FILES_OF_A_HOST),
    b: await site.pictures('b', FILES_OF_A_HOST),
  };
  const directory = dirname((await site.pictures('a', JOB_LINES, 'job'))[0] ?? '');
  const started = async (host: Host, ...args: readonly string[]): Promise<string[]> => {
    const { code, documents, stderr } = await site.ferryOf(cli, host, ...args, '--detach', '--json');
    if (code !== 0) throw new Error(`The old version refused: ${stderr}`);
    return documents.map(({ transferId, jobId }) => String(transferId ?? jobId));
  };
  const send = (host: Host, some: readonly string[]) => started(host, 'send', ...some, ...toFetch(site, host));
  const paused = await send('b', files.b.slice(0, PAUSED));
  const { code, stderr } = await site.ferryOf(cli, 'b', 'pause', ...paused, '--json');
  if (code !== 0) throw new Error(`The old version did not pause: ${stderr}`);
  const [[jobId = ''], ...others] = await Promise.all([
    started('a', 'job', 'start', directory),
    send('a', files.a),
    send('b', files.b.slice(PAUSED)),
  ]);
  return { ids: [...paused, ...others.flat()], paused, files, jobId };
}

function toFetch(site: ClusterSite, host: Host): readonly string[] {
  return ['--fetch-to', site.targetDir(host)];
}

/** The new worker starts, then the old one drains. */
async function roll(site: ClusterSite, before: WorkerName, after: WorkerName): Promise<Drain> {
  await site.parts[after].start();
  const old = site.parts[before];
  const from = Date.now();
  old.signal('SIGTERM');
  await waitFor(() => (old.isAlive() ? undefined : true), DRAIN_WITHIN_MS * 2);
  return { from, to: Date.now() };
}

/** With the new command line: what was begun is followed to its end, then the same is sent again. */
async function finishAll(
  site: ClusterSite,
  client: Client,
  { paused, files, jobId }: Sent,
): Promise<{ readonly codes: readonly number[]; readonly repeated: number }> {
  const resumed = await site.ferry('b', 'resume', ...paused, '--json');
  const watched = await site.ferry('a', 'job', 'watch', jobId, '--json');
  const lookUntil = performance.now() + FINISH_WITHIN_MS;
  while ((await running(client, 'transfer')) > 0 && performance.now() < lookUntil) await sleep(LOOK_EVERY_MS);
  const again: Answer[] = [];
  for (const host of HOSTS) {
    again.push(await site.ferry(host, 'send', ...files[host], ...toFetch(site, host), '--json'));
  }
  const repeated = again.flatMap(({ documents }) => documents).filter((document) => document['repeated'] === true);
  return { codes: [resumed, watched, ...again].map(({ code }) => code), repeated: repeated.length };
}

/**
 * Waits until nothing more is asked of LivePerson: all others wait for their upload, or are in it. A machine that still
 * begins 300 transfers makes workers late, and that would be taken for a fault of the upgrade.
 */
async function untilSettled({ view }: ClusterSite): Promise<void> {
  const lookUntil = performance.now() + FINISH_WITHIN_MS;
  for (let before = -1; ;) {
    const { length: now } = await view.requests();
    if (now === before || performance.now() > lookUntil) return;
    before = now;
    await sleep(QUIET_MS);
  }
}

async function running({ workflow }: Client, type: string): Promise<number> {
  const { count } = await workflow.count(`WorkflowType = '${type}' AND ExecutionStatus = 'Running'`);
  return count;
}
