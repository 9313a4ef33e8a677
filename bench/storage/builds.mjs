// Two builds of the storage client side by side, in one warm process, as in a worker. Each round runs every build once, in turn, so
// that a ratio is of neighbours in time.
//
//   node bench/storage/builds.mjs --dist ../other/dist --dist dist [--step upload] [--mib 3] [--lanes 4] [--rounds 20]
import { createRequire } from 'node:module';
import { copyFileSync, rmSync, utimesSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ownDirectory } from '../own-directory.mjs';
import { inspected } from './large.mjs';
import { shown, spread } from './measure.mjs';
import { startSwift } from './swift.mjs';
import { writeRandom } from './write-random.mjs';

const { values } = parseArgs({
  options: {
    dist: { type: 'string', multiple: true },
    step: { type: 'string', default: 'download' },
    mib: { type: 'string', default: '3' },
    lanes: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '20' },
  },
});
const require = createRequire(import.meta.url);
const builds = values.dist.map((dist) => ({
  dist,
  storage: require(resolve(dist, 'storage/index.js')).createStorage(),
  seen: [],
}));
const lanes = Array.from({ length: Number(values.lanes) }, (_, lane) => lane);
const directory = ownDirectory('ferry-bench-');
const swift = startSwift();

const [path, target] = ['file', 'target'].map((name) => (lane) => join(directory, `${name}-${lane}`));
let stamp = 1_700_000_000;

/** Sources with a time that was not seen before: a digest that is known would spare the work that is measured here. */
function freshSources() {
  stamp += 1;
  return lanes.map((lane) => {
    utimesSync(path(lane), stamp, stamp);
    return inspected(path(lane));
  });
}

async function measured(work) {
  const cpu = process.cpuUsage();
  const begun = performance.now();
  await Promise.all(lanes.map(work));
  const ms = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpu);
  return { ms, cpuMs: (user + system) / 1000 };
}

async function run({ storage }) {
  const sources = freshSources();
  if (values.step === 'upload') {
    return measured((lane) => storage.upload({ url: swift.sign('PUT', `up-${lane}`).url, source: sources[lane] }));
  }
  for (const lane of lanes) rmSync(target(lane), { force: true });
  return measured((lane) => storage.download({ url: swift.sign('GET', 'object').url, target: target(lane) }));
}

try {
  await writeRandom(path(0), Number(values.mib));
  for (const lane of lanes.slice(1)) copyFileSync(path(0), path(lane));
  await builds[0].storage.upload({ url: swift.sign('PUT', 'object').url, source: inspected(path(0)) });
  for (let round = 0; round <= Number(values.rounds); round += 1) {
    // The order turns with every round: no build always follows the same neighbour.
    const order = builds.map((_, index) => builds[(index + round) % builds.length]);
    for (const build of order) {
      const figures = await run(build);
      // The first round warms up.
      if (round > 0) build.seen.push(figures);
    }
  }
  for (const { dist, seen } of builds) {
    const to = (key) => shown(spread(seen.map((figures, round) => figures[key] / builds[0].seen[round][key])));
    const row = { what: `${values.step} ${values.lanes} x ${values.mib} MiB`, dist };
    console.log(
      JSON.stringify({
        ...row,
        'ratio of time': to('ms'),
        'ratio of CPU': to('cpuMs'),
        ms: shown(spread(seen.map(({ ms }) => ms))),
      }),
    );
  }
} finally {
  await Promise.all(builds.map(({ storage }) => storage.close()));
  swift.stop();
}
