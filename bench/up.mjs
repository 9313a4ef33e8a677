import { startUp, summary, withTemp } from './support.mjs';

export async function benchUp() {
  const times = [];
  for (let run = 0; run < 6; run += 1) {
    await withTemp(async (directory) => {
      const up = await startUp(directory);
      // The first one may have had to fetch the server.
      if (run > 0) times.push(up.milliseconds);
      await up.stop();
    });
  }
  return [summary('ferry up until ready, binary cached', 'ms', times, '< 3000')];
}
