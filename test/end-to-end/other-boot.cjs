'use strict';
// Preloaded into a worker: it takes itself for a process of another machine, because its kernel names another boot. So
// its locks are judged by their heartbeat, as those of another host.
const fs = require('node:fs');

const real = fs.readFileSync;
fs.readFileSync = (path, ...rest) =>
  path === '/proc/sys/kernel/random/boot_id' ? `boot of ${process.env['FERRY_HOST_ID']}` : real(path, ...rest);
