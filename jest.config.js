'use strict';

// file-type and its dependencies are ES modules only; jest runs CommonJS, so they are transformed too.
const esmOnly = ['file-type', 'strtok3', 'token-types', '@tokenizer', '@borewit', 'uint8array-extras'];

/** @type {import('jest').Config} */
module.exports = {
  testEnvironment: 'node',
  testEnvironmentOptions: { customExportConditions: ['node', 'node-addons', 'module-sync'] },
  roots: ['<rootDir>/test', '<rootDir>/sandbox/test'],
  testMatch: ['**/*.test.ts'],
  transform: {
    '^.+\\.[tj]s$': [
      '@swc/jest',
      {
        jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
        module: { type: 'commonjs', ignoreDynamic: false },
        sourceMaps: 'inline',
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esmOnly.join('|')})/)`],
  globalSetup: '<rootDir>/test/support/own-tmp.cjs',
  globalTeardown: '<rootDir>/test/support/no-leftovers.cjs',
  testTimeout: 60_000,
  testSequencer: '<rootDir>/test/support/slow-first.cjs',
  // The slow suites wait for Temporal most of the time.
  maxWorkers: 3,
};
