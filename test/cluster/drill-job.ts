import { setTimeout as sleep } from 'node:timers/promises';
import { dirname } from 'node:path';
import { clusterPlace, type Cluster } from './cluster';
import type { DrillOptions, DrillResult } from './drills';
import { countMessages, openClusterSite } from './site';

/** The job goes on for this long before the next process is killed. */
const BETWEEN_KILLS_MS = 10_000;

/** A job while PostgreSQL, a Temporal server and the worker are killed in turn: every line once. */
export async function jobUnderKills(
  cluster: Cluster,
  say: (line: string) => void,
  { lines }: DrillOptions,
): Promise<DrillResult> {
  const site = await openClusterSite(clusterPlace(cluster));
  try {
    const [first = ''] = await site.pictures('a', lines);
    const begun = performance.now();
    let ended = false;
    const job = site.ferry('a', 'job', 'start', dirname(first), '--name', 'drill', '--json').finally(() => {
      ended = true;
    });
    const killed: string[] = [];
    for (const [name, part] of Object.entries({ worker: site.parts['worker-a'], ...cluster.parts })) {
      await sleep(BETWEEN_KILLS_MS);
      if (ended) break;
      say(`kill -9 of ${name}`);
      part.signal('SIGKILL');
      await part.gone();
      await part.start();
      killed.push(name);
    }
    const { code, documents } = await job;
    const seconds = (performance.now() - begun) / 1000;
    const { counts } = (documents.at(-1) ?? {}) as { readonly counts?: Readonly<Record<string, number>> };
    const { messages, paths } = await countMessages(site.view);
    return {
      wentWell: code === 0 && counts?.['done'] === lines && messages === lines && paths === lines,
      rows: [
        ['killed with -9 on the way', killed.join(', ')],
        ['exit code, lines done', `${code}, ${counts?.['done'] ?? 'unknown'}`],
        ['messages, and paths that they name', `${messages}, ${paths}`],
        ['files a second, kills included', (lines / seconds).toFixed(1)],
        ['size of the databases, MB', (cluster.postgres.size() / 1e6).toFixed(1)],
      ],
    };
  } finally {
    await site.close();
  }
}
