import { findOrFetchTemporal } from '../../src/engine';
import { embeddedPlace } from '../chaos/kit/temporal-place';
import { testCacheDir } from '../support/temporal';
import { clusterPlace, type Cluster } from './cluster';
import type { DrillResult } from './drills';
import { openClusterSite, type ClusterSite } from './site';

const ROUNDS = 5;
const FILES = 100;

/** Files a second through `ferry send`, on the cluster and on an embedded server, in turn. */
export async function throughput(cluster: Cluster, say: (line: string) => void): Promise<DrillResult> {
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const sites = {
    cluster: await openClusterSite(clusterPlace(cluster)),
    embedded: await openClusterSite(await embeddedPlace(), { binary }),
  };
  const rates: Record<keyof typeof sites, number[]> = { cluster: [], embedded: [] };
  let failed = 0;
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const name of ['cluster', 'embedded'] as const) {
        const rate = await filesPerSecond(sites[name]);
        if (rate === null) failed += 1;
        else rates[name].push(rate);
        say(`round ${round + 1}, ${name}: ${rate?.toFixed(1) ?? 'failed'} files/s`);
      }
    }
  } finally {
    await Promise.all(Object.values(sites).map((site) => site.close()));
  }
  const ratios = rates.cluster.map((rate, round) => rate / (rates.embedded[round] ?? Number.NaN));
  return {
    wentWell: failed === 0,
    rows: [
      ['cluster, files/s (min, median, max)', spread(rates.cluster)],
      ['embedded server, files/s', spread(rates.embedded)],
      ['cluster beside embedded, ratio', spread(ratios)],
    ],
  };
}

async function filesPerSecond(site: ClusterSite): Promise<number | null> {
  const files = await site.pictures('a', FILES);
  const begun = performance.now();
  const { code } = await site.ferry('a', 'send', ...files, '--json');
  return code === 0 ? FILES / ((performance.now() - begun) / 1000) : null;
}

function spread(values: readonly number[]): string {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(2);
  return `${at(0)}, ${at(0.5)}, ${at(1)}`;
}
