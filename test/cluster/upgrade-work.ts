/** The work of the drill `upgrade`: begun with the earlier version, ended with this tree. */
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Host } from '../chaos/kit/plan';
import type { Answer, ClusterSite } from './site';
import { running } from './upgrade-rolls';

const HOSTS = ['a', 'b'] as const;
const FILES_OF_A_HOST = 150;
export const JOB_LINES = 300;
/** Paused by the old version and resumed by the new one. */
export const PAUSED = 10;

const QUIET_MS = 3000;

const FINISH_WITHIN_MS = 240_000;
const LOOK_EVERY_MS = 1000;

export interface Sent {
  readonly ids: readonly string[];
  readonly paused: readonly string[];
  readonly files: Readonly<Record<Host, readonly string[]>>;
  readonly jobId: string;
}

/** Everything is begun with the command line of the old version. */
export async function sendAll(site: ClusterSite, cli: string): Promise<Sent> {
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

/** With the new command line: what was begun is followed to its end, then the same is sent again. */
export async function finishAll(
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
export async function untilSettled({ view }: ClusterSite): Promise<void> {
  const lookUntil = performance.now() + FINISH_WITHIN_MS;
  for (let before = -1; ;) {
    const { length: now } = await view.requests();
    if (now === before || performance.now() > lookUntil) return;
    before = now;
    await sleep(QUIET_MS);
  }
}
