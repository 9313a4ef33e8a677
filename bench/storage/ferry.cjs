// One process of Ferry's storage client, told by its argument what to move. Prints what it measured of itself.
'use strict';
const fs = require('node:fs');
const { monitorEventLoopDelay } = require('node:perf_hooks');
const { join } = require('node:path');

const dist = process.env.FERRY_DIST ?? join(__dirname, '../../dist');

async function inLanes(items, lanes, work) {
  let next = 0;
  const lane = async () => {
    while (next < items.length) await work(items[next++]);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

// As Ferry would: what fails in passing is tried again, and a download goes on where it was.
async function persist(work) {
  for (let tries = 1; ; tries += 1) {
    try {
      return await work();
    } catch (error) {
      if (error.code !== 'STORAGE_UNAVAILABLE' || tries === 3) throw error;
      console.error(`again after ${error.message}`);
    }
  }
}

async function main({ step, lanes, items }) {
  const { createStorage } = require(join(dist, 'storage/index.js'));
  const storage = createStorage();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const begun = performance.now();
  try {
    await inLanes(items, lanes ?? 1, (item) => persist(() => storage[step](item)));
  } finally {
    await storage.close();
  }
  const seconds = (performance.now() - begun) / 1000;
  delay.disable();
  console.log(JSON.stringify({ seconds, loopDelayP99Ms: delay.percentile(99) / 1e6 }));
}

const parts = JSON.parse(process.argv[2] === '-' ? fs.readFileSync(0, 'utf8') : process.argv[2]);
// What durability costs is seen by leaving it out. Before the library is loaded, which keeps the function.
if (parts.noFsync) fs.fsync = (_descriptor, done) => process.nextTick(done, null);
main(parts).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
