import { msOf, round } from './sampler.mjs';
import { makeFiles, messages, startTransfers, untilSent } from './traffic.mjs';

/** With fewer transfers left than this a send is not in the middle any more. */
const STILL_BUSY = 50;

/** Followed sends alone, then with many detached transfers under way; and what the latter waited for. */
export async function measureSingle(site, transfers, sends) {
  const files = await makeFiles(site, 'single', 2 * sends + 1);
  const send = async (file) => {
    const begun = performance.now();
    const documents = await site.ferry('a', 'send', file, '--host', 'a', '--json');
    return { seconds: (performance.now() - begun) / 1000, id: documents.at(-1).transferId };
  };
  await send(files.pop());
  const alone = [];
  for (const file of files.splice(0, sends)) alone.push(await send(file));
  await startTransfers(site, await makeFiles(site, 'many', transfers));
  await untilSent(site, 2 * sends);
  const amid = [];
  const begun = { at: performance.now(), sent: (await messages(site)).length };
  for (const file of files) {
    const left = transfers - ((await messages(site)).length - 1 - sends - amid.length);
    if (left < STILL_BUSY) break;
    amid.push({ left, ...(await send(file)) });
  }
  const seconds = (performance.now() - begun.at) / 1000;
  return {
    filesPerSecond: round(((await messages(site)).length - begun.sent) / seconds),
    alone: middleAndMost(alone),
    amid: { ...middleAndMost(amid), of: amid.map(({ left, seconds }) => [left, round(seconds)]) },
    aloneMs: await whereTimeGoes(site, alone),
    amidMs: await whereTimeGoes(site, amid),
  };
}

function middleAndMost(taken) {
  const sorted = taken.map(({ seconds }) => seconds).toSorted((one, other) => one - other);
  return { p50: round(sorted[Math.floor(sorted.length / 2)]), max: round(sorted.at(-1)) };
}

/** Mean milliseconds in a queue and at work, of each step and of all workflow tasks of a transfer together. */
async function whereTimeGoes({ client }, taken) {
  const sums = new Map();
  const add = (name, key, ms) => {
    const sum = sums.get(name) ?? { queued: 0, worked: 0 };
    sum[key] += ms / taken.length;
    sums.set(name, sum);
  };
  for (const { id } of taken) {
    const { events } = await client.workflow.getHandle(id).fetchHistory();
    const byId = new Map(events.map((event) => [Number(event.eventId), event]));
    const at = (eventId) => msOf(byId.get(Number(eventId)));
    for (const event of events) {
      const activity = event.activityTaskCompletedEventAttributes;
      const task = event.workflowTaskCompletedEventAttributes;
      const { scheduledEventId, startedEventId } = activity ?? task ?? {};
      if (scheduledEventId === undefined) continue;
      const scheduled = byId.get(Number(scheduledEventId)).activityTaskScheduledEventAttributes;
      const name = scheduled?.activityType.name ?? 'workflow tasks';
      add(name, 'queued', at(startedEventId) - at(scheduledEventId));
      add(name, 'worked', msOf(event) - at(startedEventId));
    }
  }
  return Object.fromEntries(
    Array.from(sums, ([name, { queued, worked }]) => [name, [Math.round(queued), Math.round(worked)]]),
  );
}
