/** The parts of the process that a command uses; tests replace them. */
import type { Env } from '../../lib/env';
import { safeLines } from './output/text';

export interface Sink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
}

export interface Io {
  readonly stdout: Sink;
  readonly stderr: Sink;
  readonly stdin: NodeJS.ReadableStream;
  readonly env: Env;
  readonly cwd: string;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Aborted by Ctrl-C, SIGTERM, a closed terminal, or a reader of stdout that went away. */
  readonly interrupted: AbortSignal;
}

/** Columns of a terminal; Infinity elsewhere, where nothing must be cut. */
export function columnsOf(sink: Sink): number {
  return sink.isTTY === true ? (sink.columns ?? 80) : Infinity;
}

/** Writes a document with texts from anybody to stdout: exactly, except on a terminal, which they could steer. */
export function writeExactly({ stdout }: Pick<Io, 'stdout'>, text: string): void {
  stdout.write(stdout.isTTY === true ? safeLines(text) : text);
}

/** True for a terminal that understands escape sequences. */
export function isTerminal(sink: Sink, env: Env): boolean {
  return sink.isTTY === true && env['TERM'] !== 'dumb';
}
