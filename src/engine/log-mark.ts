import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Only so much of a log is looked at for its last words. */
const LOOK_BACK_BYTES = 16 * 1024;

/** A place in a log: what a program that starts now will write comes after it. */
export interface LogMark {
  /** For people: where the log is, and the line in which the program most likely said what went wrong. */
  words(): string;
}

/** Marks the present end of a log, so that an earlier run's words are not quoted for those of the next one. */
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
    // The log may have been moved away; the message stands without its last words.
    return '';
  }
}
