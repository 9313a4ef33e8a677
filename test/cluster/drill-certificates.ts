import { laterAttempts } from '../end-to-end/later-attempts';
import { waitFor } from '../support/wait-for';
import { withTemporal } from '../support/with-temporal';
import { clusterPlace, type Cluster } from './cluster';
import type { DrillResult } from './drills';
import { countMessages, openClusterSite, type ClusterSite } from './site';

const FILES = 20;

/** Longer than a heartbeat may be missing (15 s). */
const HELD_MS = 30_000;

/**
 * While uploads are held in their middle, the client certificate for Temporal is renewed and the seal key is rotated and
 * retired. No attempt may fail, and no transfer may wait.
 */
export async function rotatedUnderWay(cluster: Cluster, say: (line: string) => void): Promise<DrillResult> {
  const site = await openClusterSite(clusterPlace(cluster));
  try {
    const [before = '', ...during] = await site.pictures('a', 1 + FILES);
    const codes = [(await site.ferry('a', 'send', before, '--json')).code];
    await site.view.addFault({ at: 'put', do: { delayMs: HELD_MS }, times: FILES });
    const sending = site.ferry('a', 'send', ...during, '--json');
    await waitFor(async () => ((await site.view.load()).transfers.inFlight > 1 ? true : undefined), 30_000);
    say('uploads are held; the certificate is renewed and the seal key rotated');
    cluster.certificates.renewClient();
    const oldKey = await sealingKey(site);
    codes.push((await site.ferry('a', 'keys', 'rotate', '--json')).code);
    await bothWorkersSay(site, 'a new connection is in use');
    const early = await site.ferry('a', 'keys', 'retire', oldKey, '--json');
    await bothWorkersSay(site, 'sealed with the newest key');
    codes.push((await site.ferry('a', 'keys', 'retire', oldKey, '--json')).code);
    say('the old key is retired');
    const sent = await sending;
    codes.push(sent.code);
    const { messages, paths } = await countMessages(site.view);
    const failures = await withTemporal(cluster.env, (client) => laterAttempts(client, sent.documents));
    return {
      wentWell:
        codes.every((code) => code === 0) && messages === 1 + FILES && paths === messages && failures.length === 0,
      rows: [
        ['exit codes of send, rotate, retire, send', codes.join(', ')],
        ['exit code of retire directly after rotate', `${early.code}`],
        ['attempts that failed', `${failures.length}${failures.map((failure) => `; ${failure}`).join('')}`],
        ['messages, and paths that they name', `${messages}, ${paths}`],
      ],
    };
  } finally {
    await site.close();
  }
}

async function sealingKey(site: ClusterSite): Promise<string> {
  const { documents } = await site.ferry('a', 'keys', 'list', '--json');
  const keys = documents[0]?.['keys'] as readonly { readonly keyId: string; readonly seals: boolean }[];
  return keys.find(({ seals }) => seals)?.keyId ?? '';
}

function bothWorkersSay(site: ClusterSite, words: string): Promise<true> {
  return waitFor(() => (site.workerLogs().every((log) => log.includes(words)) ? true : undefined), 90_000);
}
