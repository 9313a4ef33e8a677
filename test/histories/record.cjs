'use strict';
// node test/histories/record.cjs LABEL [SCENARIO...]: records the corpus by real runs, see docs/changing-workflows.md.
require('../support/register-ts.cjs');
const { record } = require('./record.ts');
record(process.argv[2], process.argv.slice(3)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
