// Loaded into the worker of `bench fence`: measures each confirmation of a fence, and leaves it out while a file is there.
const { appendFileSync, existsSync } = require('node:fs');
const { join } = require('node:path');

const { FENCE_OFF, FENCE_TIMES } = process.env;

if (process.argv[1]?.endsWith(join('worker', 'main.js'))) {
  const fence = require('../dist/activities/fence.js');
  const { createFence } = fence;
  fence.createFence = (confirm, ...rest) =>
    createFence(
      async (...args) => {
        if (existsSync(FENCE_OFF)) return;
        const begun = performance.now();
        await confirm(...args);
        appendFileSync(FENCE_TIMES, `${performance.now() - begun}\n`);
      },
      ...rest,
    );
}
