import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** The last lines are looked for in so many bytes at the end of a log. */
const LOOK_BACK_BYTES = 16 * 1024;

/** A place in a log. A program that starts now writes after it. */
export interface LogMark {
  /** For people: the path of the log, and the line that most likely names the problem. */
  words(): string;
}

/** Marks the present end of a log, so that lines of an earlier run are not quoted for the next run. */
export function markLog(file: string): LogMark {
  const from = statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return {
    words: () => {
      const line = tellingLine(readFrom(file, from));
      return `Its log is ${file}.${line === null ? '' : ` Its last words: "${line}".`}`;
    },
  };
}

function tellingLine(text: string): string | null {
  const lines = text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const line = lines.findLast((each) => /\b(\w*error|could not|cannot|unable|failed)\b/i.test(each)) ?? lines.at(-1);
  return line?.slice(0, 300) ?? null;
}

function readFrom(file: string, from: number): string {
  try {
    const { size } = statSync(file);
    const start = Math.max(from, size - LOOK_BACK_BYTES);
    const buffer = Buffer.alloc(Math.max(0, size - start));
    const descriptor = openSync(file, 'r');
    try {
      return buffer.toString('utf8', 0, readSync(descriptor, buffer, 0, buffer.length, start));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // The log may have been moved; then the message has no quote from it.
    return '';
  }
}
