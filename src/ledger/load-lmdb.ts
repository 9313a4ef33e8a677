import { dirname, join } from 'node:path';
import type * as Lmdb from 'lmdb';

/**
 * The CommonJS build of lmdb finds its native part by a URL of its own path, but does not escape the path. With one of
 * these characters in the path it fails. The ES modules of lmdb are correct, and all supported versions of Node can
 * require them.
 */
const NOT_IN_A_URL = /[#?%]/;

export function loadLmdb(): typeof Lmdb {
  const path = require.resolve('lmdb');
  const entry = NOT_IN_A_URL.test(path) ? join(dirname(path), '../node-index.js') : path;
  return require(entry) as typeof Lmdb;
}
