import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { root, startUpWith, summary, withTemp } from './support.mjs';
import { measure, smallFiles, transfer } from './throughput.mjs';

const require = createRequire(import.meta.url);

const ROUNDS = 5;
const TRANSFERS = 100;
const ALONE = 20;

/** What a publish pays for the heartbeat that the server confirms: transfers with and without it, in turn, in one worker. */
export function benchFence() {
  return withTemp(async (directory) => {
    const off = join(directory, 'fence-off');
    const times = join(directory, 'fence-times');
    const preload = `--require ${join(root, 'bench/fence-switch.cjs')}`;
    const up = await startUpWith({ NODE_OPTIONS: preload, FENCE_OFF: off, FENCE_TIMES: times }, directory);
    const { connectFerry, locateTemporal } = require(join(root, 'dist/client.js'));
    const ferry = await connectFerry(await locateTemporal({ state: up.info.stateDir }));
    const confirmations = () => {
      const taken = readFileSync(times, 'utf8').split('\n').filter(Boolean).map(Number);
      rmSync(times);
      return taken;
    };
    const send = async (round, name) => {
      const files = await smallFiles(
        join(directory, `${name}-${round}`),
        2 * round + (name === 'with' ? 0 : 1),
        TRANSFERS,
      );
      return await measure(up.info.pids.worker, (index) => transfer(ferry, files[index]), TRANSFERS);
    };
    try {
      const rounds = [];
      const many = [];
      for (let round = 0; round <= ROUNDS; round += 1) {
        const fenced = await send(round, 'with');
        const taken = confirmations();
        writeFileSync(off, '');
        const bare = await send(round, 'without');
        rmSync(off);
        if (round === 0) continue;
        rounds.push({ fenced, bare });
        many.push(...taken);
      }
      const files = await smallFiles(join(directory, 'alone'), 2 * ROUNDS + 2, ALONE);
      for (const file of files) await transfer(ferry, file);
      return figures(rounds, many, confirmations());
    } finally {
      await ferry.close();
      await up.stop();
    }
  });
}

function figures(rounds, many, alone) {
  const of = (pick) => rounds.map(pick);
  const perSecond = ({ seconds }) => TRANSFERS / seconds;
  const cpu = ({ fenced, bare }) => ((fenced.cpu - bare.cpu) / TRANSFERS) * 1000;
  return [
    summary(
      'transfers with the fence',
      '/s',
      of(({ fenced }) => perSecond(fenced)),
      '',
    ),
    summary(
      'transfers without its confirmation',
      '/s',
      of(({ bare }) => perSecond(bare)),
      '',
    ),
    summary(
      'with beside without',
      'ratio',
      of(({ fenced, bare }) => bare.seconds / fenced.seconds),
      '',
    ),
    summary("worker's CPU for it", 'ms', of(cpu), ''),
    summary('a confirmation among 40 transfers', 'ms', many, ''),
    summary('a confirmation alone', 'ms', alone, ''),
  ];
}
