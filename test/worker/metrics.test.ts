/** What a scraper gets from `ferry worker`, as a process of its own. */
import { loadConfig } from '../../src/config';
import type { TemporalTarget } from '../../src/config/types';
import { freePort } from '../../src/engine';
import { openWatch } from '../../src/worker/watch';
import { waitFor } from '../support/wait-for';
import { makeSite, type Site } from './worker-process';

let site: Site;

beforeEach(async () => {
  site = await makeSite();
}, 120_000);

afterEach(() => site.end());

test('Under one address a scraper gets the metrics of Ferry, of the process and of the SDK, before and after Temporal is there.', async () => {
  const address = `127.0.0.1:${await freePort()}`;
  site.startWorker({ args: ['--metrics', address, '--health', address] });
  const scrape = async (): Promise<string> => {
    const answer = await fetch(`http://${address}/metrics`);
    expect(answer.headers.get('content-type')).toMatch(/^text\/plain; version=0\.0\.4/);
    return await answer.text();
  };
  await waitFor(() =>
    fetch(`http://${address}/livez`).then(
      ({ status }) => (status === 200 ? true : undefined),
      () => undefined,
    ),
  );
  expect(await scrape()).toContain('ferry_temporal_up{host="h"} 0');

  await site.startServer();
  const text = await waitFor(async () => {
    const now = await scrape();
    return now.includes('ferry_temporal_up{host="h"} 1') && now.includes('temporal_') ? now : undefined;
  }, 40_000);
  expect(text).toContain('ferry_transfers{state="parked",host="h"} 0');
  expect(text).toContain('nodejs_eventloop_lag_seconds');
  expect(text).toMatch(/^temporal_num_pollers\{.*task_queue="ferry".*\} \d/m);
}, 120_000);

test('Beside a ferry up only addresses of this machine are served.', async () => {
  const target: TemporalTarget = { address: '', namespace: '', kind: 'embedded', from: '', stateDir: site.directory };
  const config = loadConfig({ env: { HOME: site.directory }, cwd: site.directory });
  const common = {
    target,
    config,
    env: {},
    connect: { address: '' },
    readConnection: () => Promise.resolve({ address: '' }),
    payloadKeys: null,
    host: 'h',
    current: () => null,
  };
  for (const given of [{ metricsAddress: '0.0.0.0:0' }, { healthAddress: '192.0.2.1:9465' }]) {
    await expect(openWatch({ ...common, ...given })).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  }
  const watch = await openWatch({ ...common, healthAddress: '127.0.0.1:0' });
  await watch.close();
});
