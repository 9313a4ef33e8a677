import { dirname, join } from 'node:path';
import type * as Lmdb from 'lmdb';

/**
 * lmdb's CommonJS build makes a URL of its own path without escaping it, and looks there for its native part: with one of
 * these characters in the path it finds nothing. Its ES modules are right, and every Node that Ferry runs on can require
 * them.
 */
const NOT_IN_A_URL = /[#?%]/;

export function loadLmdb(): typeof Lmdb {
  const path = require.resolve('lmdb');
  const entry = NOT_IN_A_URL.test(path) ? join(dirname(path), '../node-index.js') : path;
  return require(entry) as typeof Lmdb;
}
