/**
 * Records `ferry demo` as a picture: node docs/recording/record.mjs (after npm run build; needs `script` of util-linux).
 * It is a real run in a real terminal; only waits are shortened, and what it printed stands in the picture as it was.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { toSvg } from './svg.mjs';

const COLUMNS = 100;
const MOST_BYTES = 200_000;

const root = fileURLToPath(new URL('../..', import.meta.url));
const picture = fileURLToPath(new URL('demo.svg', import.meta.url));

/** Lines with the second at which each was complete. */
function run() {
  return new Promise((resolve, reject) => {
    const command = `stty cols ${COLUMNS} rows 50; exec node dist/cli/main.js demo`;
    const terminal = spawn('script', ['--quiet', '--return', '--flush', '--command', command, '/dev/null'], {
      cwd: root,
      env: { ...process.env, TERM: 'xterm-256color', NO_COLOR: undefined },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const startedAt = performance.now();
    const lines = [];
    let rest = '';
    terminal.stdout.setEncoding('utf8');
    terminal.stdout.on('data', (text) => {
      process.stdout.write(text);
      const parts = (rest + text).split('\r\n');
      rest = parts.pop();
      const at = (performance.now() - startedAt) / 1000;
      for (const part of parts) lines.push({ at, text: lastState(part) });
    });
    terminal.on('error', reject);
    terminal.on('close', (code) => (code === 0 ? resolve(lines) : reject(new Error(`The demo ended with ${code}.`))));
  });
}

/** Of a line that was drawn several times (a bar of a download), what it was in the end. */
function lastState(line) {
  return line.split('\r').findLast((state) => state !== '') ?? '';
}

const lines = await run();
const svg = toSvg('ferry demo', lines, { columns: COLUMNS, rows: 32, longestWaitS: 2.5, lingerS: 8 });
if (svg.length > MOST_BYTES) throw new Error(`The picture has ${svg.length} bytes, more than ${MOST_BYTES}.`);
writeFileSync(picture, svg);
process.stderr.write(`${picture}: ${svg.length} bytes\n`);
