'use strict';

// The tests that need a real Swift: slower, and only where Debian's packages are installed.
const base = require('../../jest.config.js');

/** @type {import('jest').Config} */
module.exports = {
  ...base,
  rootDir: '../..',
  roots: ['<rootDir>/test/swift'],
  testMatch: ['**/*.real.ts'],
  testTimeout: 180_000,
  maxWorkers: 1,
};
