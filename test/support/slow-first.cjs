'use strict';
// Runs what takes minutes first. At the end one of these would run alone, beside an idle worker.
const { default: Sequencer } = require('@jest/test-sequencer');

/** The slowest first. Everything else is in the order of jest. */
const SLOW = ['/test/chaos/', '/test/end-to-end/', '/test/package/installed', '/test/workflows/'];

function rank({ path }) {
  const found = SLOW.findIndex((part) => path.includes(part));
  return found === -1 ? SLOW.length : found;
}

module.exports = class SlowFirst extends Sequencer {
  sort(tests) {
    return super.sort(tests).toSorted((one, other) => rank(one) - rank(other));
  }
};
