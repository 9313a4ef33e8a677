'use strict';
// Entry of `npm run chaos`: the kit is TypeScript of the tests, run as jest runs it; what it kills and starts is dist/.
require('../support/register-ts.cjs');
require('./kit/main.ts');
