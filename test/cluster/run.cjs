'use strict';
// Entry of `npm run test:cluster`: TypeScript of the tests, run as jest runs it.
require('../support/register-ts.cjs');
require('./main.ts');
