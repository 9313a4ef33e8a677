import { createReadStream } from 'node:fs';

export interface FileLine {
  /** From 1. */
  readonly number: number;
  /** Without its line break. */
  readonly bytes: Buffer;
  /** Offset of the first byte after the line and its line break. */
  readonly end: number;
  /** False for a last line without a line break: a kill or a full disk tore it. */
  readonly isWhole: boolean;
}

const NEWLINE = 0x0a;

/** The lines of a file, byte by byte as they are. An HMAC must not depend on how a decoder reads damaged text. */
export async function* linesIn(path: string): AsyncGenerator<FileLine> {
  let number = 0;
  let end = 0;
  let rest: Buffer[] = [];
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const bytes = Buffer.concat([...rest, chunk.subarray(from, at)]);
      rest = [];
      from = at + 1;
      end += bytes.length + 1;
      number += 1;
      yield { number, bytes, end, isWhole: true };
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length === 0) return;
  const bytes = Buffer.concat(rest);
  yield { number: number + 1, bytes, end: end + bytes.length, isWhole: false };
}
