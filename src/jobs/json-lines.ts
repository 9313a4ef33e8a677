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
  const problems: LineProblem[] = [];
  const fields: { -readonly [K in keyof RawLine['fields']]: RawLine['fields'][K] } = {};
  const source = typeof value['source'] === 'string' ? value['source'] : null;
  for (const [name, field] of Object.entries(value)) {
    const column = columnOf(text, name);
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

/** Character at which a key stands, from 1. */
function columnOf(text: string, key: string): number | null {
  const at = text.indexOf(JSON.stringify(key));
  return at === -1 ? null : at + 1;
}
