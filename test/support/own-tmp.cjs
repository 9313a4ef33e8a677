'use strict';

const { chmodSync, mkdtempSync, realpathSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const path = require('node:path');

/** Gives the run a directory for temporary files of its own: all tests and their processes inherit it. */
module.exports = () => {
  const directory = realpathSync(mkdtempSync(path.join(tmpdir(), 'ferry-tests-')));
  // As /tmp itself: some tests act as another user.
  chmodSync(directory, 0o1777);
  globalThis.ferryTmp = directory;
  process.env.TMPDIR = directory;
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  // By default a signal ends the run without its exit handlers.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
};
