/** Schedules on a real Temporal, without workers: what the server keeps of them. */
import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter } from '@temporalio/common';
import { connectTemporal, type Temporal } from '../../src/client/temporal';
import { schedulesOver } from '../../src/client/schedules';
import type { NewSchedule, Schedules } from '../../src/client/types';
import { scheduleIdOf } from '../../src/contract';
import { startTestTemporal, type TestTemporal } from '../support/temporal';
import { waitFor } from '../support/wait-for';

let server: TestTemporal;
let temporal: Temporal;
let schedules: Schedules;

beforeAll(async () => {
  server = await startTestTemporal();
  const { address, namespace } = server;
  temporal = await connectTemporal({ connection: { address }, namespace });
  schedules = schedulesOver(temporal);
}, 120_000);

afterAll(async () => {
  await temporal.close();
  await server.stop();
});

const inbox: NewSchedule = { name: 'inbox', host: 'desk', everyMs: 900_000, catchUpMs: 60_000, pauseOnFailure: false };

test('Times come back as they were given.', async () => {
  await schedules.add({ ...inbox, name: 'every' });
  expect(await schedules.status('every')).toMatchObject({ everyMs: 900_000, state: 'active', pauseOnFailure: false });
  const cron = { cron: '0 7 * * 1-5', timezone: 'Europe/Berlin' };
  await schedules.add({ name: 'cron', host: 'desk', catchUpMs: 60_000, pauseOnFailure: true, ...cron });
  expect(await schedules.status('cron')).toMatchObject({ ...cron, catchUpMs: 60_000, pauseOnFailure: true });
});

test('An update keeps the memo, the search attributes, the pause, the host and the counts.', async () => {
  const memo = { fields: { by: defaultPayloadConverter.toPayload('somebody') } };
  const service = Object.assign(Object.create(temporal.service) as Temporal['service'], {
    createSchedule: (request: object) => temporal.service.createSchedule({ ...request, memo }),
  });
  await schedulesOver({ ...temporal, service }).add(inbox);
  await schedules.trigger('inbox');
  await waitFor(async () => ((await schedules.status('inbox')).runs === 1 ? true : undefined));
  await schedules.pause('inbox', 'the disk is full');
  const at = { namespace: temporal.namespace, scheduleId: scheduleIdOf('inbox') };
  const before = await temporal.service.describeSchedule(at);
  // Somebody else's, as Temporal's command line can add it.
  const indexedFields = { FerryAccount: defaultPayloadConverter.toPayload('acme') };
  indexedFields.FerryAccount.metadata!['type'] = new TextEncoder().encode('Keyword');
  const { schedule = null } = before;
  await temporal.service.updateSchedule({
    ...at,
    requestId: randomUUID(),
    schedule,
    searchAttributes: { indexedFields },
  });

  const times = { cron: '30 2 * * *', timezone: 'Europe/Paris' };
  await schedules.update('inbox', { times, catchUpMs: 30_000, pauseOnFailure: true });
  const status = await schedules.status('inbox');
  expect(status).toMatchObject({ ...times, catchUpMs: 30_000, pauseOnFailure: true, host: 'desk', runs: 1 });
  expect(status).toMatchObject({ state: 'paused', note: 'the disk is full' });
  expect(status).not.toHaveProperty('everyMs');
  const after = await temporal.service.describeSchedule(at);
  expect(Object.keys(after.memo?.fields ?? {})).toEqual(['by']);
  expect(Object.keys(after.searchAttributes?.indexedFields ?? {})).toContain('FerryAccount');
  expect(after.info?.recentActions).toHaveLength(1);
});

test('Updates at the same time all arrive, and a pause between them stays.', async () => {
  await schedules.add({ ...inbox, name: 'busy' });
  await Promise.all([
    schedules.update('busy', { times: { everyMs: 60_000 } }),
    schedules.update('busy', { catchUpMs: 20_000 }),
    schedules.pause('busy', 'now'),
  ]);
  expect(await schedules.status('busy')).toMatchObject({ everyMs: 60_000, catchUpMs: 20_000, state: 'paused' });
});

test('Times that cannot be read are refused, and the times before stay.', async () => {
  await schedules.add({ ...inbox, name: 'stays' });
  const bad = schedules.update('stays', { times: { cron: '99 7 * * *' } });
  await expect(bad).rejects.toMatchObject({ code: 'USAGE', message: expect.stringContaining('Minute') as string });
  expect(await schedules.status('stays')).toMatchObject({ everyMs: 900_000 });
  await expect(schedules.update('nobody', { catchUpMs: 20_000 })).rejects.toMatchObject({ code: 'SCHEDULE_UNKNOWN' });
});
