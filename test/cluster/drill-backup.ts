import { join } from 'node:path';
import { clusterPlace, type Cluster } from './cluster';
import type { DrillResult } from './drills';
import { countMessages, openClusterSite } from './site';

const BEFORE = 50;
const AFTER = 100;

/**
 * PostgreSQL is dumped, more is sent, and the dump is put back: as after the loss of a database. The same commands again
 * must publish nothing, because the ledgers of the hosts know what was sent.
 */
export async function restoredBackup(cluster: Cluster, say: (line: string) => void): Promise<DrillResult> {
  const site = await openClusterSite(clusterPlace(cluster));
  try {
    const dump = join(cluster.logs, 'dump');
    const first = await site.pictures('a', BEFORE);
    const second = await site.pictures('a', AFTER);
    const sends = [await site.ferry('a', 'send', ...first, '--json')];
    cluster.postgres.dump(dump);
    say(`${BEFORE} files were sent and the databases dumped; ${AFTER} more are sent`);
    sends.push(await site.ferry('a', 'send', ...second, '--json'));
    const servers = [cluster.parts.temporal, cluster.parts['temporal-2']];
    for (const server of servers) server.signal('SIGKILL');
    await Promise.all(servers.map((server) => server.gone()));
    cluster.postgres.restore(dump);
    await Promise.all(servers.map((server) => server.start()));
    say('the dump was put back; the same is sent again');
    const again = await site.ferry('a', 'send', ...first, ...second, '--json');
    const { messages, paths } = await countMessages(site.view);
    const repeated = again.documents.filter((document) => document['repeated'] === true).length;
    const codes = [...sends, again].map(({ code }) => code).join(', ');
    return {
      wentWell: messages === BEFORE + AFTER && paths === messages && codes === '0, 0, 0',
      rows: [
        ['files sent before and after the dump', `${BEFORE}, ${AFTER}`],
        ['exit codes of the three sends', codes],
        ['reported as already sent', `${repeated}`],
        ['messages, and paths that they name', `${messages}, ${paths}`],
      ],
    };
  } finally {
    await site.close();
  }
}
