import { setMaxListeners } from 'node:events';
import { Readable } from 'node:stream';
import type { Io, Sink } from '../../../src/cli/shared/io';

export interface FakeIo extends Io {
  readonly out: () => string;
  readonly err: () => string;
  interrupt(): void;
}

interface FakeIoOptions {
  readonly tty?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly stdin?: string;
  readonly cwd?: string;
  readonly now?: () => number;
}

export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const written = { stdout: '', stderr: '' };
  const controller = new AbortController();
  setMaxListeners(0, controller.signal);
  const sink = (name: 'stdout' | 'stderr'): Sink => ({
    write(text: string) {
      written[name] += text;
    },
    ...(options.tty === true ? { isTTY: true, columns: options.columns ?? 80, rows: options.rows ?? 24 } : {}),
  });
  return {
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    stdin: Readable.from([options.stdin ?? '']),
    env: options.env ?? {},
    cwd: options.cwd ?? process.cwd(),
    now: options.now ?? Date.now,
    interrupted: controller.signal,
    out: () => written.stdout,
    err: () => written.stderr,
    interrupt: () => controller.abort(),
  };
}

/** Every line of stdout as the JSON document that it must be. */
export function documents(io: FakeIo): Record<string, unknown>[] {
  return io
    .out()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
