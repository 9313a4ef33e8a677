import { open } from 'node:fs/promises';
import { byteLines } from './byte-lines';
import { unknownColumn } from './csv-lines';
import { formProblem, isColumn, unreadable, type RawLine } from './raw-line';
import type { LineProblem } from './types';

const LONGEST_LINE_BYTES = 1_000_000;

/** The lines of JSON Lines; empty ones are left out. @throws {UnreadableManifest} */
export async function* jsonLines(path: string): AsyncGenerator<RawLine> {
  const file = await open(path);
  try {
    let line = 0;
    for await (const { bytes } of byteLines(file, 0, { longest: LONGEST_LINE_BYTES })) {
      line += 1;
      if (bytes.length > LONGEST_LINE_BYTES) throw unreadable(line, `Line ${line} is longer than a million bytes.`);
      const text = line === 1 ? bytes.toString('utf8').replace(/^\ufeff/, '') : bytes.toString('utf8');
      if (text.trim() !== '') yield lineOf(text, line);
    }
  } finally {
    await file.close();
  }
}

function lineOf(text: string, line: number): RawLine {
  const value = parsed(text);
  if (typeof value === 'string') {
    return { line, fields: {}, problems: [formProblem(line, `The line is not JSON: ${value}.`, { column: 1 })] };
  }
  const fields: { -readonly [K in keyof RawLine['fields']]: RawLine['fields'][K] } = {};
  const source = typeof value['source'] === 'string' ? value['source'] : null;
  const { columns, repeated } = keysOf(text);
  const problems: LineProblem[] = repeated.map(({ name, column }) =>
    formProblem(line, `The key ${JSON.stringify(name)} is there twice.`, { column, field: name, source }),
  );
  for (const [name, field] of Object.entries(value)) {
    const column = columns.get(name) ?? null;
    const at = { column, field: name, source };
    if (!isColumn(name)) problems.push(formProblem(line, unknownColumn(name), at));
    else if (typeof field === 'string') {
      if (field !== '') fields[name] = { text: field, column };
    } else if (field !== null) {
      problems.push(formProblem(line, `${name} is ${JSON.stringify(field).slice(0, 40)}; it must be a text.`, at));
    }
  }
  return { line, fields, problems };
}

/** The object, or the reason why the text is not an object. */
function parsed(text: string): Readonly<Record<string, unknown>> | string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
    return 'each line must be an object';
  } catch (error) {
    return error instanceof Error ? error.message.replace(/\.$/, '') : 'it cannot be parsed';
  }
}

interface Keys {
  /** The character at which each key stands for the first time, from 1. */
  readonly columns: ReadonlyMap<string, number>;
  /** A key that stands in the object again: `JSON.parse` takes its last value and says nothing. */
  readonly repeated: readonly { readonly name: string; readonly column: number }[];
}

/** The keys of an object, without those of objects in it. The text must be valid JSON. */
function keysOf(text: string): Keys {
  const columns = new Map<string, number>();
  const repeated: { readonly name: string; readonly column: number }[] = [];
  let depth = 0;
  for (const { 0: token, 1: string, index } of text.matchAll(/[{[\]}]|("(?:[^"\\]|\\.)*")(?:\s*:)?/g)) {
    if (string === undefined) depth += token === '{' || token === '[' ? 1 : -1;
    else if (depth === 1 && token.endsWith(':')) {
      const name = String(JSON.parse(string));
      if (columns.has(name)) repeated.push({ name, column: index + 1 });
      else columns.set(name, index + 1);
    }
  }
  return { columns, repeated };
}
