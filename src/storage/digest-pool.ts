import { Worker } from 'node:worker_threads';
import type { Digester, Digests } from './digests';

/** Worker threads that digest, so that the event loop stays free. Started when first needed. */
export interface DigestPool {
  /** Bytes given to it should lie in shared memory: others are copied. */
  digester(): Digester;
  close(): Promise<void>;
}

/**
 * Runs in the thread. A string, since neither a test runner that compiles in memory nor a bundle has a file for it.
 * Messages are answered in order, one for one.
 */
const THREAD = `
const { parentPort } = require('node:worker_threads');
const { createHash } = require('node:crypto');
const jobs = new Map();
parentPort.on('message', ({ job, bytes, finish, forget }) => {
  if (forget) return void jobs.delete(job);
  let hashes = jobs.get(job);
  if (hashes === undefined) jobs.set(job, (hashes = [createHash('md5'), createHash('sha256')]));
  if (bytes !== undefined) for (const hash of hashes) hash.update(bytes);
  if (!finish) return void parentPort.postMessage(null);
  jobs.delete(job);
  parentPort.postMessage({ md5: hashes[0].digest('hex'), sha256: hashes[1].digest('hex') });
});
`;

// The thread needs no heap to speak of: all bytes are outside of it.
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 };

interface Waiter {
  resolve(answer: Digests | null): void;
  reject(error: unknown): void;
}

interface Thread {
  jobs: number;
  ask(message: object): Promise<Digests | null>;
  tell(message: object): void;
  end(): Promise<void>;
}

export function createDigestPool(mostThreads: number): DigestPool {
  const threads = new Set<Thread>();
  let lastJob = 0;

  function leastBusy(): Thread {
    const [best] = [...threads].sort((a, b) => a.jobs - b.jobs);
    if (best !== undefined && (best.jobs === 0 || threads.size >= mostThreads)) return best;
    const thread = startThread(() => threads.delete(thread));
    threads.add(thread);
    return thread;
  }

  return {
    digester() {
      const thread = leastBusy();
      const job = (lastJob += 1);
      let held = true;
      thread.jobs += 1;
      const dispose = (): void => {
        if (held) thread.jobs -= 1;
        if (held) thread.tell({ job, forget: true });
        held = false;
      };
      return {
        async update(bytes) {
          await thread.ask({ job, bytes });
        },
        finish: async () => (await thread.ask({ job, finish: true })) as Digests,
        dispose,
      };
    },
    async close() {
      await Promise.all([...threads].map((thread) => thread.end()));
      threads.clear();
    },
  };
}

function startThread(onEnd: () => void): Thread {
  const worker = new Worker(THREAD, { eval: true, resourceLimits: LIMITS, stdin: false });
  const waiters: Waiter[] = [];
  let ended: Error | null = null;
  const end = (error: Error): void => {
    ended ??= error;
    onEnd();
    for (const waiter of waiters.splice(0)) waiter.reject(error);
  };
  worker.on('message', (answer: Digests | null) => {
    waiters.shift()?.resolve(answer);
    if (waiters.length === 0) worker.unref();
  });
  worker.on('error', end);
  worker.on('exit', () => end(new Error('the digest thread ended')));
  // An idle thread keeps no process alive. Only now: listening to a worker refs it again.
  worker.unref();
  return {
    jobs: 0,
    ask: (message) =>
      new Promise((resolve, reject) => {
        if (ended !== null) return reject(ended);
        worker.ref();
        waiters.push({ resolve, reject });
        worker.postMessage(message);
      }),
    tell: (message) => worker.postMessage(message),
    async end() {
      await worker.terminate();
    },
  };
}
