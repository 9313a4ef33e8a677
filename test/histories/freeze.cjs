'use strict';
// node test/histories/freeze.cjs: freezes the histories that are new, see docs/changing-workflows.md.
require('../support/register-ts.cjs');
require('./frozen-list.ts').freezeNew(require('../../package.json').version);
