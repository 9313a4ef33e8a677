'use strict';
// node test/histories/record.cjs LABEL [SCENARIO...]: records the corpus by real runs, see docs/changing-workflows.md.
require('../support/register-ts.cjs');
const { record } = require('./record.ts');
// By default a signal ends the program without its exit handlers, which end the server and remove its files.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));
record(process.argv[2], process.argv.slice(3)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
