// Many small objects, and several large ones at once, through one process.
import { mkdirSync, writeFileSync, rmSync } from 'node:fs';
import { createHash, randomBytes } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspected, quoted, rcloneEnvironment } from './large.mjs';
import { isInstalled, measure, shown, spread } from './measure.mjs';

const FERRY = join(dirname(fileURLToPath(import.meta.url)), 'ferry.cjs');
const LANES = 16;
const COUNT = 1000;
const BYTES = 20_000;

const UP = 'up';
const DOWN = 'down';
// rclone syncs nothing.
const UNSAFE = 'down, without any fsync';

function runFerry(parts) {
  const command = `${quoted(process.execPath)} ${quoted(FERRY)} -`;
  const { stdout, ...figures } = measure(command, { input: JSON.stringify(parts) });
  return { ...figures, ...JSON.parse(stdout) };
}

/**
 * 1,000 objects of 20 kB, 16 at once, beside rclone in turn. Nothing is deleted in between: where many files were deleted
 * in the last minutes ext4 is slow to make new ones, for every later process.
 */
export function benchSmall(swift, directory, count) {
  const from = join(directory, 'small');
  mkdirSync(from);
  const names = Array.from({ length: COUNT }, (_, index) => `f${index}`);
  const expected = {};
  for (const name of names) {
    const bytes = randomBytes(BYTES);
    writeFileSync(join(from, name), bytes);
    // As a transfer knows it of what it sent.
    expected[name] = { sizeBytes: BYTES, md5: createHash('md5').update(bytes).digest('hex') };
  }
  const env = rcloneEnvironment(swift);
  const container = swift.container.split('/').at(-1);
  const rclone = `rclone copy --transfers ${LANES} --checkers ${LANES} --no-check-dest`;
  const seen = { [UP]: [], [DOWN]: [], [UNSAFE]: [] };
  for (let round = 1; round <= count; round += 1) {
    const up = names.map((name) => ({
      url: swift.sign('PUT', `small-${round}/${name}`).url,
      source: inspected(join(from, name)),
    }));
    const into = (who) => {
      mkdirSync(join(directory, `small-${who}-${round}`));
      return (name) => join(directory, `small-${who}-${round}`, name);
    };
    const down = (target) =>
      names.map((name) => ({
        url: swift.sign('GET', `small-${round}/${name}`).url,
        target: target(name),
        expected: expected[name],
      }));
    const ours = { [UP]: runFerry({ step: 'upload', lanes: LANES, items: up }) };
    const theirs = isInstalled('rclone') && {
      [UP]: measure(`${rclone} ${quoted(from)} sw:${container}/small-rclone-${round}`, { env }),
    };
    ours[DOWN] = runFerry({ step: 'download', lanes: LANES, items: down(into('ferry')) });
    if (theirs)
      theirs[DOWN] = measure(`${rclone} sw:${container}/small-rclone-${round} ${quoted(into('rclone')(''))}`, { env });
    ours[UNSAFE] = runFerry({ step: 'download', noFsync: true, lanes: LANES, items: down(into('unsafe')) });
    for (const way of Object.keys(seen)) {
      const beside = theirs && (theirs[way] ?? theirs[DOWN]);
      seen[way].push({ ours: COUNT / ours[way].seconds, theirs: beside ? COUNT / beside.seconds : NaN });
      console.error(`small ${way} ${round}/${count}:`, seen[way].at(-1));
    }
  }
  return Object.entries(seen).map(([way, rates]) => ({
    what: `${COUNT} x ${BYTES} B, ${LANES} at once, ${way}`,
    'objects/s': shown(spread(rates.map(({ ours }) => ours))),
    'rclone objects/s': shown(spread(rates.map(({ theirs }) => theirs))),
    'ratio to rclone': shown(spread(rates.map(({ ours, theirs }) => ours / theirs))),
  }));
}

/** Four large transfers at once: how long the event loop is held up. */
export function benchLoop(swift, directory, file) {
  const source = inspected(file);
  const names = ['loop-0', 'loop-1', 'loop-2', 'loop-3'];
  const into = join(directory, 'loop-in');
  mkdirSync(into);
  const up = names.map((name) => ({ url: swift.sign('PUT', name).url, source }));
  const down = names.map((name) => ({ url: swift.sign('GET', name).url, target: join(into, name) }));
  const rows = [
    ['up', runFerry({ step: 'upload', lanes: 4, items: up })],
    ['down', runFerry({ step: 'download', lanes: 4, items: down })],
  ];
  rmSync(into, { recursive: true });
  return rows.map(([way, { seconds, cpuSeconds, peakMiB, loopDelayP99Ms }]) => ({
    what: `4 x ${(source.sizeBytes / 2 ** 20).toFixed(0)} MiB at once, ${way}`,
    'MiB/s': ((4 * source.sizeBytes) / 2 ** 20 / seconds).toFixed(0),
    'loop delay p99 ms': loopDelayP99Ms.toFixed(1),
    'CPU s': cpuSeconds.toFixed(2),
    'peak MiB': peakMiB.toFixed(0),
  }));
}
