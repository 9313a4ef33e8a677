import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { withTemp } from '../support.mjs';
import { randomFrom, startChaos } from './chaos.mjs';
import { bytesRead, limitsOf, msOf, round, startSampling } from './sampler.mjs';
import { measureSingle } from './single.mjs';
import { openSite, REQUEST_POINTS, TRANSFER_POINTS } from './site.mjs';
import { keepTrace } from './trace.mjs';
import { makeFiles, messages, startJob, startTransfers, untilSent } from './traffic.mjs';

const SETTLED_AFTER_MS = 20_000;
const PLACES = { requests: 8, transfers: 8 };

function linesOf(limits) {
  return Object.entries(limits).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
}

const open = new Set();

/** Ends and removes what an interrupted trial has left. */
export async function closeAll() {
  for (const { site, directory } of open) {
    await site.close();
    await rm(directory, { recursive: true, force: true });
  }
}

async function withSite(limits, work, options = {}) {
  return await withTemp(async (directory) => {
    const site = await openSite(join(directory, 'site'), linesOf(limits), options);
    const one = { site, directory };
    open.add(one);
    try {
      return await work(site);
    } finally {
      open.delete(one);
      await site.close();
    }
  });
}

/** How often each path was published: once, or the run has gone wrong. */
async function publishedOnce(site) {
  const paths = (await messages(site)).map(({ relativePath }) => relativePath).filter(Boolean);
  return new Set(paths).size === paths.length;
}

/** Runs and events of the limits workflow; by the hour without the start, in which the workers come one by one. */
async function eventsOf(site) {
  const runs = await limitsOf(site).histories();
  const times = runs.flatMap(({ events }) => events.map(msOf));
  const from = times[0] + SETTLED_AFTER_MS;
  const hours = (Date.now() - from) / 3_600_000;
  const settled = times.filter((at) => at >= from).length;
  return {
    runs: runs.length,
    events: times.length,
    eventsPerHour: hours > 0 ? Math.round(settled / hours) : null,
  };
}

/** Nobody is killed: how well the limits are used, and what the entity costs. */
export function steady({ transfers, delay }) {
  return withSite(PLACES, async (site) => {
    await site.delay(delay);
    const sampling = await startSampling(site, PLACES);
    await startTransfers(site, await makeFiles(site, 'all', transfers));
    const seconds = await untilSent(site, transfers);
    return {
      ...(await sampling.end()),
      filesPerSecond: round(transfers / seconds),
      ...(await eventsOf(site)),
      publishedOnce: await publishedOnce(site),
    };
  });
}

function everyTenth(all, say) {
  let told = 0;
  return (sent) => {
    const tenths = Math.floor((sent * 10) / all);
    if (tenths > told) say(`${sent} of ${all} are sent`);
    told = tenths;
  };
}

/**
 * Random kill -9 and SIGSTOP of workers, also of the one that runs the limits workflow. `asJob`: the files are the lines of
 * one job on both hosts, which takes a fraction of the processor time of as many transfers.
 */
export function kills({ transfers, delay, seed, say, trace, asJob }) {
  return withSite(PLACES, async (site) => {
    await site.delay(delay);
    // The first file opens the conversation. A worker that is killed at that moment would hold up all files for a minute.
    await startTransfers(site, await makeFiles(site, 'first', 1));
    await untilSent(site, 1);
    const sampling = await startSampling(site, PLACES);
    const files = await makeFiles(site, 'all', transfers);
    const starting = asJob ? startJob(site, files) : startTransfers(site, files);
    const chaos = startChaos(site, randomFrom(seed), say);
    const seconds = await untilSent(site, transfers + 1, { onLook: everyTenth(transfers, say) });
    const load = await sampling.end();
    await starting;
    const done = await chaos.end();
    if (trace !== undefined) await keepTrace(trace, site, limitsOf(site), { ...sampling, blows: chaos.blows });
    return {
      ...load,
      filesPerSecond: round(transfers / seconds),
      ...done,
      ...(await eventsOf(site)),
      publishedOnce: await publishedOnce(site),
    };
  });
}

/** A live change to 2 in mid-run: when the last request beyond it has left, and the peak after 5 s. */
export function change({ transfers, delay }) {
  return withSite(PLACES, async (site) => {
    await site.delay(delay);
    await startTransfers(site, await makeFiles(site, 'all', transfers));
    await untilSent(site, Math.floor(transfers / 4));
    const sampling = await startSampling(site, PLACES);
    await sleep(2000);
    const asked = performance.now();
    await site.ferry('a', 'limit', 'site', '--requests', '2', '--transfers', '2', '--reason', 'trial', '--json');
    const answered = performance.now();
    await sleep(asked + 5000 - performance.now());
    await fetch(`${site.sandbox.url}/_sandbox/load`, { method: 'DELETE' });
    await sleep(10_000);
    const { requests, transfers: moved } = await sampling.load();
    await sampling.end();
    const last = sampling.samples.findLast((sample) => sample.requests > 2 || sample.transfers > 2);
    return {
      commandSeconds: round((answered - asked) / 1000),
      secondsUntilItHolds: round(last === undefined ? 0 : (last.at - asked) / 1000),
      peakAfter5Seconds: { requests: requests.peak, transfers: moved.peak },
    };
  });
}

/** A service that answers 429 above 5 in flight, beside the same service with the cap at 5 by hand. */
export async function throttled({ transfers, delay }) {
  const above = 5;
  const run = (limits) =>
    withSite(limits, async (site) => {
      const refuses = (at, action) => ({ at, do: action, above });
      await site.sandbox.fault(
        ...REQUEST_POINTS.filter((at) => at.startsWith('request:')).map((at) => refuses(at, { error: { code: 429 } })),
        ...['login', 'signup', ...TRANSFER_POINTS].map((at) => refuses(at, { status: 429 })),
      );
      await site.delay(delay);
      await startTransfers(site, await makeFiles(site, 'all', transfers));
      const seconds = await untilSent(site, transfers);
      const requests = await (await fetch(`${site.sandbox.url}/_sandbox/requests`)).json();
      const refused = requests.filter(({ status, code }) => status === 429 || code === 429);
      const begun = Date.parse(requests[0].at);
      const at = refused.map((request) => round((Date.parse(request.at) - begun) / 1000));
      return { filesPerSecond: round(transfers / seconds), seconds: round(seconds), refusedAtSeconds: at };
    });
  const learned = await run({ requests: 16, transfers: 16 });
  const byHand = await run({ requests: above, transfers: above });
  return { learned, byHand, ratio: round(learned.filesPerSecond / byHand.filesPerSecond) };
}

/** A cap of bytes a second over two hosts: mean over 30 s, and the longest burst in seconds of the cap. */
export function bytes({ seconds = 45, bytesPerSecond = 1_000_000 }) {
  const sizeBytes = 400_000;
  const count = Math.ceil((seconds * 1.5 * bytesPerSecond) / sizeBytes);
  const limits = { bytesPerSecond: `${bytesPerSecond}B`, transfers: 16 };
  return withSite(limits, async (site) => {
    const before = await makeFiles(site, 'before', 8, sizeBytes);
    const files = await makeFiles(site, 'all', count, sizeBytes);
    await startTransfers(site, before);
    await startTransfers(site, files);
    await sleep(5000);
    const samples = [];
    const { pid } = site.sandbox;
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(100))
      samples.push({ at: performance.now() / 1000, bytes: bytesRead(pid) });
    const over = (from, to) => ({ seconds: to.at - from.at, bytes: to.bytes - from.bytes });
    const windows = samples.flatMap((from) => {
      const to = samples.find(({ at }) => at >= from.at + 30);
      return to === undefined ? [] : [over(from, to)];
    });
    const means = windows.map((window) => window.bytes / window.seconds / bytesPerSecond);
    // The most that came beyond the cap between any two samples.
    let least = Infinity;
    let burst = 0;
    for (const { at, bytes: got } of samples) {
      const ahead = got / bytesPerSecond - at;
      least = Math.min(least, ahead);
      burst = Math.max(burst, ahead - least);
    }
    return { meanOfCap: [round(Math.min(...means)), round(Math.max(...means))], burstSeconds: round(burst) };
  });
}

/** Continue-as-new in mid-run, forced by many changes. */
export function renew({ transfers, delay }) {
  return withSite(PLACES, async (site) => {
    await site.delay(delay);
    const sampling = await startSampling(site, PLACES);
    await startTransfers(site, await makeFiles(site, 'all', transfers));
    const limits = limitsOf(site);
    const first = (await limits.handle.describe()).runId;
    let changes = 0;
    let sent = 0;
    const isRenewed = async () => (await limits.handle.describe()).runId !== first;
    const change = (requests) =>
      site.ferry('a', 'limit', 'site', '--requests', String(requests), '--reason', 'trial', '--json');
    while (!(await isRenewed()) && sent < transfers) {
      // A command starts slowly beside the events that it causes.
      await Promise.all([change(6), change(7), change(8)]);
      changes += 3;
      sent = (await messages(site)).length;
    }
    await untilSent(site, transfers);
    return {
      ...(await sampling.end()),
      changes,
      ...(await eventsOf(site)),
      publishedOnce: await publishedOnce(site),
    };
  });
}

/** After the work is done: the workflow has ended, or, while a change holds, it is there without events and timers. */
export async function idle({ transfers, delay, seconds = 120 }) {
  const one = (holds) =>
    withSite(PLACES, async (site) => {
      await site.delay(delay);
      if (holds) await site.ferry('a', 'limit', 'site', '--transfers', '6', '--reason', 'trial', '--json');
      await startTransfers(site, await makeFiles(site, 'all', transfers));
      await untilSent(site, transfers);
      // Workers give their leases back after 30 s, and remember demand for 15 s.
      await sleep(60_000);
      const { handle, histories } = limitsOf(site);
      const before = (await histories()).at(-1).events.length;
      await sleep(seconds * 1000);
      const { events } = (await histories()).at(-1);
      const { status, raw } = await handle.describe();
      return {
        status: status.name,
        eventsInIdleTime: events.length - before,
        idleSeconds: seconds,
        pendingTimers: pendingTimers(events),
        pendingActivities: raw.pendingActivities?.length ?? 0,
      };
    });
  return { withoutChange: await one(false), whileAChangeHolds: await one(true) };
}

function pendingTimers(events) {
  const count = (name) => events.filter((event) => event[name]).length;
  const ended = count('timerFiredEventAttributes') + count('timerCanceledEventAttributes');
  return count('timerStartedEventAttributes') - ended;
}

/** One worker, as under `ferry up`: a followed send alone and amid many detached transfers. */
export function single({ transfers, delay, sends = 10, limited }) {
  const work = async (site) => {
    if (limited) await site.delay(delay);
    return await measureSingle(site, transfers, sends);
  };
  return withSite(limited ? PLACES : {}, work, { workers: [['w1', 'a']] });
}
