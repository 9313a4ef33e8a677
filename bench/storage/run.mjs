// `npm run bench:storage`: Ferry's storage client beside other programs, against a real Swift on this machine.
//
//   node bench/storage/run.mjs [large] [small] [loop] [memory] [--mib 1024] [--rounds 5]
//
// Needs the packages of test/swift/start.sh; rclone, swiftclient and aria2 take part where they are installed. One JSON
// line a figure; the times are of whole processes, the start of Node included.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ownDirectory } from '../own-directory.mjs';
import { benchLarge } from './large.mjs';
import { benchLoop, benchSmall } from './many.mjs';
import { benchMemory } from './memory.mjs';
import { startSwift } from './swift.mjs';
import { writeRandom } from './write-random.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { mib: { type: 'string', default: '1024' }, rounds: { type: 'string', default: '5' } },
});
const count = Number(values.rounds);
const chosen = (name) => positionals.length === 0 || positionals.includes(name);

const directory = ownDirectory('ferry-bench-');
const swift = startSwift();
try {
  const file = join(directory, 'file');
  await writeRandom(file, Number(values.mib));
  const rows = [];
  if (chosen('large')) rows.push(...benchLarge(swift, directory, file, count));
  if (chosen('small')) rows.push(...benchSmall(swift, directory, count));
  if (chosen('loop')) rows.push(...benchLoop(swift, directory, file));
  if (chosen('memory')) rows.push(...(await benchMemory(swift, directory, writeRandom)));
  for (const row of rows) console.log(JSON.stringify(row));
} finally {
  swift.stop();
}
