'use strict';
// Health of a worker's container: Temporal answers, and a worker polls for this host.
const { execFile } = require('node:child_process');

execFile('ferry', ['status', '--json'], { timeout: 12_000 }, (error, stdout) => {
  const hosts = error === null ? JSON.parse(stdout).workers.hosts : [];
  process.exitCode = hosts.includes(process.env.FERRY_HOST_ID) ? 0 : 1;
});
