'use strict';
// Prints what Ferry makes of 200 files as people have them: node test/files/support/print-people.cjs
require('../../support/register-ts.cjs');
require('./print-people.ts');
