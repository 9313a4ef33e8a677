import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { msOf } from './sampler.mjs';

/** Keeps what a trial has seen for a later look: samples and blows, events of the limits, activities of all transfers. */
export async function keepTrace(directory, { client }, limits, { samples, uses, blows }) {
  await mkdir(directory, { recursive: true });
  const keep = (name, rows) =>
    writeFile(join(directory, `${name}.jsonl`), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await keep('samples', samples);
  await keep('uses', uses);
  await keep('blows', blows);
  const runs = await limits.histories();
  await keep(
    'limits',
    runs.flatMap(({ events }) => events.map(eventRow)),
  );
  const activities = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    if (workflowId.startsWith('ferry-limits/')) continue;
    const { events } = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    activities.push(...tasksOf(workflowId, events));
  }
  await keep(
    'activities',
    activities.toSorted((one, other) => one.scheduled - other.scheduled),
  );
}

function eventRow(event) {
  const [name, attributes] = Object.entries(event).find(([key]) => key.endsWith('EventAttributes'));
  return {
    at: msOf(event),
    id: Number(event.eventId),
    name: name.replace('EventAttributes', ''),
    ...shown(attributes),
  };
}

function shown(attributes) {
  const text = JSON.stringify(attributes, (key, value) => {
    if (value?.type === 'Buffer') return Buffer.from(value.data).toString();
    return value;
  });
  return JSON.parse(text, (key, value) => (key === 'data' && typeof value === 'object' ? decoded(value) : value));
}

function decoded(value) {
  return Buffer.from(Object.values(value)).toString();
}

function tasksOf(workflowId, events) {
  const byId = new Map(events.map((event) => [Number(event.eventId), event]));
  const rows = [];
  for (const event of events) {
    const ended =
      event.activityTaskCompletedEventAttributes ??
      event.activityTaskFailedEventAttributes ??
      event.activityTaskTimedOutEventAttributes;
    const task =
      event.workflowTaskCompletedEventAttributes ??
      event.workflowTaskTimedOutEventAttributes ??
      event.workflowTaskFailedEventAttributes;
    const of = ended ?? task;
    if (of === undefined || of === null) continue;
    const scheduled = byId.get(Number(of.scheduledEventId));
    const started = byId.get(Number(of.startedEventId));
    const by = started?.activityTaskStartedEventAttributes ?? started?.workflowTaskStartedEventAttributes;
    rows.push({
      workflowId,
      what: scheduled.activityTaskScheduledEventAttributes?.activityType.name ?? 'workflowTask',
      end: event.activityTaskTimedOutEventAttributes || event.workflowTaskTimedOutEventAttributes ? 'timedOut' : 'ok',
      attempt: by?.attempt,
      lastFailure: by?.lastFailure?.message,
      identity: by?.identity,
      scheduled: msOf(scheduled),
      started: started && msOf(started),
      ended: msOf(event),
    });
  }
  return rows;
}
