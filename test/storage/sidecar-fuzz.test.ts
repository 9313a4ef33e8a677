import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readSidecar } from '../../src/storage/sidecar';
import { damaged, damagedText, MOST_CPU_MS, slowestOf, type Random } from '../support/fuzz';

const WHOLE = { v: 1, etag: '"d41d8cd98f00b204e9800998ecf8427e"', sizeBytes: 1_000_000 };

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ferry-sidecar-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function sidecar(random: Random): string {
  const text = JSON.stringify(random.number(2) === 0 ? WHOLE : damaged(WHOLE, random)) ?? '';
  return random.number(2) === 0 ? text : damagedText(text, random);
}

test('A damaged sidecar is whole or is not believed, and takes no longer than 50 ms', () => {
  const path = join(directory, 'x.part.json');
  const { cpuMs } = slowestOf(
    (random) => {
      writeFileSync(path, sidecar(random), { mode: 0o600 });
    },
    () => {
      const read = readSidecar(path);
      if (read === null) return;
      const { etag, sizeBytes } = read;
      if (etag === '' || !Number.isSafeInteger(sizeBytes) || sizeBytes < 0) throw new Error(JSON.stringify(read));
    },
  );
  expect(cpuMs).toBeLessThan(MOST_CPU_MS);
}, 3_600_000);
