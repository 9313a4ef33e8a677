// Peak memory by size of the file: it must not grow with it.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ferry, inspected } from './large.mjs';
import { measure } from './measure.mjs';

const SIZES_MIB = [1, 5 * 1024];

export async function benchMemory(swift, directory, writeRandom) {
  const rows = [];
  for (const mib of SIZES_MIB) {
    const path = join(directory, 'memory');
    await writeRandom(path, mib);
    const items = [{ url: swift.sign('PUT', 'memory').url, source: inspected(path) }];
    const up = measure(ferry({ step: 'upload', items }));
    rmSync(path);
    const down = measure(ferry({ step: 'download', items: [{ url: swift.sign('GET', 'memory').url, target: path }] }));
    rmSync(path);
    rows.push({
      what: `memory, ${mib} MiB`,
      'peak MiB up': up.peakMiB.toFixed(0),
      'peak MiB down': down.peakMiB.toFixed(0),
      'seconds up': up.seconds.toFixed(1),
      'seconds down': down.seconds.toFixed(1),
    });
  }
  return rows;
}
