'use strict';
// node test/histories/record.cjs LABEL [SCENARIO...]: records the corpus by real runs, see docs/changing-workflows.md.
const { readFileSync } = require('node:fs');
const { transformSync } = require('@swc/core');

require.extensions['.ts'] = (module, filename) => {
  const { code } = transformSync(readFileSync(filename, 'utf8'), {
    filename,
    jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
    module: { type: 'commonjs', ignoreDynamic: false },
  });
  module._compile(code, filename);
};
const { record } = require('./record.ts');
record(process.argv[2], process.argv.slice(3)).catch((error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exitCode = 1;
});
