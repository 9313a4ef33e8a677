import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { ferry, residentBytes, startUp, summary, withTemp } from './support.mjs';

const MIB = 1024 * 1024;
const SMALL_JPEG = Buffer.from(
  '/9j/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABf/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AIADjD//2Q==',
  'base64',
);

/** The worker's highest resident memory while it sends and fetches 1 MiB, then 1 GiB: it must not grow with the file. */
export function benchMemory() {
  return withTemp(async (directory) => {
    const up = await startUp(directory, '--max-bytes', String(2048 * MIB));
    try {
      const peaks = [];
      for (const sizeBytes of [MIB, MIB, 1024 * MIB]) {
        const path = join(directory, `file-${peaks.length}.jpg`);
        await writeJpeg(path, sizeBytes);
        peaks.push(await peakDuring(up.info.pids.worker, () => ferry(up.env, 'send', path, '--verify', '--json')));
      }
      const [, small, large] = peaks.map((bytes) => bytes / MIB);
      return [
        summary("worker's memory, 1 MiB", 'MiB', [small], ''),
        summary("worker's memory, 1 GiB", 'MiB', [large], ''),
        summary('growth with the file', 'MiB', [large - small], '<= 30'),
      ];
    } finally {
      await up.stop();
    }
  });
}

async function peakDuring(pid, work) {
  let peak = residentBytes(pid);
  const timer = setInterval(() => (peak = Math.max(peak, residentBytes(pid))), 20);
  try {
    await work();
    return peak;
  } finally {
    clearInterval(timer);
  }
}

async function writeJpeg(path, sizeBytes) {
  const file = await open(path, 'w');
  await file.write(SMALL_JPEG);
  await file.truncate(sizeBytes);
  await file.close();
}
