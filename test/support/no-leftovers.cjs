'use strict';

const { readdirSync } = require('node:fs');

/** A test that leaves temporary files behind fails the run. `own-tmp.cjs` removes the files. */
module.exports = () => {
  const left = readdirSync(globalThis.ferryTmp);
  if (left.length === 0) return;
  const names = left.map((name) => `  ${name}`).join('\n');
  throw new Error(`Tests have left temporary files behind. The names begin as in their mkdtemp:\n${names}`);
};
