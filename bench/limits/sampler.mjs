import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const KINDS = ['requests', 'transfers'];
const SAMPLE_MS = 50;
/** Heartbeats of leases leave every 1.5 s. */
const DEMAND_MS = 1000;

/** The account's limits workflow, seen from outside: no question here needs a worker or adds an event. */
export function limitsOf({ client }) {
  const handle = client.workflow.getHandle('ferry-limits/site');
  return {
    handle,
    /** What the leases said with their last heartbeats. */
    async uses() {
      const { raw } = await handle.describe();
      return (raw.pendingActivities ?? []).flatMap(({ heartbeatDetails }) => {
        const data = heartbeatDetails?.payloads?.[0]?.data;
        const details = data === undefined ? null : JSON.parse(Buffer.from(data).toString());
        return details?.inFlight === undefined ? [] : [details];
      });
    },
    /** All runs, oldest first. */
    async histories() {
      const runs = [];
      for await (const { runId, startTime } of client.workflow.list({ query: 'WorkflowId = "ferry-limits/site"' })) {
        const { events } = await client.workflow.getHandle('ferry-limits/site', runId).fetchHistory();
        runs.push({ runId, startTime: startTime.getTime(), events });
      }
      return runs.toSorted((one, other) => one.startTime - other.startTime);
    },
    /** The process that did the last task of the workflow. */
    async workerPid() {
      const { events } = await handle.fetchHistory();
      const last = events.findLast((event) => event.workflowTaskStartedEventAttributes?.identity);
      return Number(last?.workflowTaskStartedEventAttributes.identity.split('@')[0]);
    },
  };
}

/** Reads the sandbox's load every 50 ms until it is told to end. */
export async function startSampling(site, places) {
  const limits = limitsOf(site);
  const url = `${site.sandbox.url}/_sandbox/load`;
  const samples = [];
  const seen = [];
  let wanted = { requests: 0, transfers: 0 };
  const ending = new AbortController();
  const load = async () => (await fetch(url)).json();
  await fetch(url, { method: 'DELETE' });
  const sampling = (async () => {
    for (; !ending.signal.aborted; await sleep(SAMPLE_MS)) {
      // The sandbox is gone when the trial was interrupted.
      const now = await load().catch(() => null);
      if (now === null) continue;
      const [requests, transfers] = KINDS.map((kind) => now[kind].inFlight);
      samples.push({ at: performance.now(), wall: Date.now(), requests, transfers, wanted: { ...wanted } });
    }
  })();
  const asking = (async () => {
    while (!ending.signal.aborted) {
      const uses = await limits.uses().catch(() => []);
      seen.push({ wall: Date.now(), uses });
      const sum = (kind) => uses.reduce((all, { inFlight, waiting }) => all + inFlight[kind] + waiting[kind], 0);
      wanted = { requests: sum('requests'), transfers: sum('transfers') };
      await sleep(DEMAND_MS);
    }
  })();
  return {
    samples,
    uses: seen,
    load,
    /** Peaks since the start, and the mean use while the workers together wanted at least all places. */
    async end() {
      ending.abort();
      await Promise.all([sampling, asking]);
      const last = await load();
      return Object.fromEntries(
        KINDS.map((kind) => {
          const busy = samples.filter(({ wanted: all }) => all[kind] >= (places?.[kind] ?? 1));
          const mean = busy.reduce((sum, sample) => sum + sample[kind], 0) / busy.length;
          return [kind, { peak: last[kind].peak, meanUse: round(mean), busyPart: round(busy.length / samples.length) }];
        }),
      );
    },
  };
}

/** Bytes that a process and its children have read until now: for the sandbox, what it has received and little else (Linux). */
export function bytesRead(pid) {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
  const own = Number(/^rchar: (\d+)/.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))[1]);
  return children.reduce((sum, child) => sum + bytesRead(child), own);
}

export function round(value) {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : null;
}

/** Unix milliseconds of an event of a history. */
export function msOf({ eventTime }) {
  return Number(eventTime.seconds) * 1000 + eventTime.nanos / 1_000_000;
}
