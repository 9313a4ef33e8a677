import { createReadStream } from 'node:fs';
import { CsvError, parse } from 'csv-parse';
import { suggest } from '../lib/suggest';
import { COLUMNS, formProblem, isColumn, unreadable, type Column, type RawLine } from './raw-line';
import type { LineProblem } from './types';

/**
 * The longest record. Without a limit, a quote that is never closed would read the rest of the manifest into one field.
 */
const LONGEST_RECORD_BYTES = 1_000_000;

/**
 * The lines of a CSV with a header.
 *
 * @param report gets the problems of the header. No line may be sent then, but the problems of the lines are still
 *   reported.
 * @throws {UnreadableManifest}
 */
export async function* csvLines(
  path: string,
  delimiter: string,
  report: (problem: LineProblem) => void,
): AsyncGenerator<RawLine> {
  const input = createReadStream(path);
  const lines = createLineCounter();
  const begins: number[] = [];
  const parser = parse({
    bom: true,
    delimiter,
    // Counted here, because a parser that fails drops the records that were not read yet.
    on_record: (record: string[], { lines: countedTo }) => {
      begins.push(lines.next(record, countedTo));
      return record;
    },
    max_record_size: LONGEST_RECORD_BYTES,
    relax_column_count: true,
    skip_empty_lines: true,
  });
  input.on('error', (error) => parser.destroy(error));
  input.pipe(parser);
  let columns: Columns | null = null;
  try {
    for await (const record of parser as AsyncIterable<readonly string[]>) {
      const line = begins.shift() ?? 0;
      if (columns === null && namesSeparator(record)) continue;
      if (columns === null) columns = columnsOf(record, line, report);
      else yield lineOf(record, line, columns);
    }
  } catch (error) {
    throw error instanceof CsvError ? toUnreadable(error, lines) : error;
  } finally {
    input.destroy();
  }
}

/** True for Excel's line `sep=;`, which the parser splits at the separator. */
function namesSeparator(record: readonly string[]): boolean {
  return record.length === 2 && record[0]?.toLowerCase() === 'sep=' && record[1] === '';
}

interface LineCounter {
  /** The line on which a record begins. */
  next(record: readonly string[], countedTo: number): number;
  /** The line after the last record. */
  after(): number;
}

/** The parser counts the line on which a record ends, and a CR LF within quotes as two. */
function createLineCounter(): LineCounter {
  let pairs = 0;
  let last = 0;
  return {
    next(record, countedTo) {
      const breaks = record.reduce((sum, field) => sum + (field.match(/[\r\n]/g)?.length ?? 0), 0);
      const begins = countedTo - breaks - pairs;
      pairs += record.reduce((sum, field) => sum + (field.match(/\r\n/g)?.length ?? 0), 0);
      last = countedTo - pairs;
      return begins;
    },
    after: () => last + 1,
  };
}

/** The columns by position; null for an unknown or repeated column. */
type Columns = readonly (Column | null)[];

function columnsOf(header: readonly string[], line: number, report: (problem: LineProblem) => void): Columns {
  const names = header.map((name) => name.trim());
  const columns = names.map((name, index) => {
    const at = { column: index + 1, field: name };
    const isFirst = names.indexOf(name) === index;
    if (name === '') report(formProblem(line, `The column ${index + 1} has no name.`, at));
    else if (!isColumn(name)) report(formProblem(line, unknownColumn(name), at));
    else if (!isFirst) report(formProblem(line, `The column ${name} is there twice.`, at));
    return isColumn(name) && isFirst ? name : null;
  });
  if (!columns.includes('source')) throw unreadable(line, 'The header has no column source.', { column: 1 });
  return columns;
}

/** Also used for keys of JSON. */
export function unknownColumn(name: string): string {
  const meant = suggest(name.toLowerCase(), COLUMNS);
  const hint = meant === null ? '' : ` Did you mean ${meant}?`;
  return `There is no column ${JSON.stringify(name)}; the columns are ${COLUMNS.join(', ')}.${hint}`;
}

function lineOf(record: readonly string[], line: number, columns: Columns): RawLine {
  const problems: LineProblem[] = [];
  if (record.length !== columns.length) {
    const fields = record.length === 1 ? '1 field' : `${record.length} fields`;
    const message = `The line has ${fields}; the header has ${columns.length}. A field with a separator in it needs quotes.`;
    const column = Math.min(record.length, columns.length) + 1;
    problems.push(formProblem(line, message, { column, source: record[columns.indexOf('source')] ?? null }));
  }
  const fields: { -readonly [K in keyof RawLine['fields']]: RawLine['fields'][K] } = {};
  for (const [index, name] of columns.entries()) {
    const text = record[index] ?? '';
    if (name !== null && text !== '') fields[name] = { text, column: index + 1 };
  }
  return { line, fields, problems };
}

function toUnreadable({ code }: CsvError, lines: LineCounter): Error {
  const line = lines.after();
  if (code === 'CSV_MAX_RECORD_SIZE') {
    const message = `The record that begins on line ${line} has more than 1 MB. Perhaps a quote in it is never closed.`;
    return unreadable(line, message);
  }
  const what =
    code === 'CSV_QUOTE_NOT_CLOSED'
      ? 'has a quote that is never closed.'
      : 'has a quote within a field. Put the field into quotes, and write each quote in it twice.';
  return unreadable(line, `The record that begins on line ${line} ${what}`);
}
