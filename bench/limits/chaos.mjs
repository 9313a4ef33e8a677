import { setTimeout as sleep } from 'node:timers/promises';
import { limitsOf } from './sampler.mjs';

/** Between two blows. A lost worker takes its share with it for up to 13 s. */
const PAUSE_MS = [8000, 24_000];
const DOWN_MS = [500, 4000];
/** Shorter and longer than a lease lasts without a heartbeat. */
const FROZEN_MS = [1000, 15_000];

/** Numbers from 0 to 1 that are the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/**
 * Kills and freezes workers until it is told to end; each comes back. Every third blow is a kill -9 of the worker that
 * runs the limits workflow. `end` resolves with what was done, once all workers run again.
 */
export function startChaos(site, random, say) {
  const between = ([least, most]) => least + random() * (most - least);
  const limits = limitsOf(site);
  const blows = [];
  const done = { killed: 0, killedWithLimits: 0, frozen: 0 };
  const busy = new Set();
  const running = new Set();
  const ending = new AbortController();
  const blow = async (worker, what) => {
    busy.add(worker);
    say(`${what} ${worker.name}`);
    const one = { wall: Date.now(), what, worker: worker.name, pid: worker.pid() };
    blows.push(one);
    if (what === 'freeze') {
      worker.signal('SIGSTOP');
      await sleep(between(FROZEN_MS));
      worker.signal('SIGCONT');
    } else {
      await worker.kill();
      await sleep(between(DOWN_MS));
      await worker.start();
    }
    busy.delete(worker);
    one.back = Date.now();
  };
  const choose = async (count) => {
    const free = site.workers.filter((worker) => !busy.has(worker));
    if (count % 3 === 2) {
      const pid = await limits.workerPid().catch(() => 0);
      const runs = free.find((worker) => worker.pid() === pid);
      if (runs !== undefined) return { worker: runs, what: 'kill', key: 'killedWithLimits' };
    }
    const worker = free[Math.floor(random() * free.length)];
    return random() < 0.5 ? { worker, what: 'kill', key: 'killed' } : { worker, what: 'freeze', key: 'frozen' };
  };
  const all = (async () => {
    for (let count = 0; !ending.signal.aborted; count += 1) {
      await sleep(between(PAUSE_MS));
      // One worker of the four is always left, so that there is somebody to do the work.
      if (ending.signal.aborted || busy.size >= site.workers.length - 1) continue;
      const { worker, what, key } = await choose(count);
      done[key] += 1;
      const one = blow(worker, what).finally(() => running.delete(one));
      running.add(one);
    }
    await Promise.all(running);
  })();
  return {
    blows,
    async end() {
      ending.abort();
      await all;
      return done;
    },
  };
}
