import { documentedKeys, type DocumentedKey } from '../../src/config/schema-walk';

/** The keys of ferry.toml as markdown, generated from the schema: a section for each table, a row for each key. */
export function keyReference(): string {
  const keys = documentedKeys();
  const tables = keys.filter(({ doc }) => doc.type === 'a table');
  const top = section('Top of the file', null, keysOf(keys, []));
  const account = section(
    '`[accounts.NAME]`',
    meaningAt(keys, ['accounts', 'NAME']),
    keysOf(keys, ['accounts', 'NAME']),
  );
  const below = tables
    .filter(({ path }) => path.length > 2)
    .map(({ path, doc }) => section(`\`${path.at(-1)}\` of an account`, doc.meaning, keysOf(keys, path)));
  const notify = section('`[[notify]]`', meaningAt(keys, ['notify']), keysOf(keys, ['notify']));
  return [top, account, ...below, notify].join('\n\n');
}

function keysOf(keys: readonly DocumentedKey[], table: readonly string[]): DocumentedKey[] {
  return keys.filter(
    ({ path, doc }) =>
      path.length === table.length + 1 && table.every((part, at) => path[at] === part) && doc.meaning !== '',
  );
}

function meaningAt(keys: readonly DocumentedKey[], path: readonly string[]): string | null {
  return keys.find((key) => key.path.join('.') === path.join('.'))?.doc.meaning ?? null;
}

function section(title: string, meaning: string | null, keys: readonly DocumentedKey[]): string {
  const rows = keys.map(({ path, doc }) => [
    `\`${path.at(-1)}\``,
    doc.type,
    doc.required === true ? 'required' : doc.default === undefined ? '' : `\`${doc.default}\``,
    doc.type === 'a table' ? `${doc.meaning} See below.` : doc.meaning,
  ]);
  const table = markdownTable([['key', 'must be', 'default', 'meaning'], ...rows]);
  return [`### ${title}`, ...(meaning === null ? [] : [meaning]), table].join('\n\n');
}

/** Columns are padded as the formatter pads them, so that generated text passes its check. */
function markdownTable(rows: readonly (readonly string[])[]): string {
  const columns = rows[0]?.length ?? 0;
  const widths = Array.from({ length: columns }, (_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const [head = [], ...body] = rows.map((row) => line(row.map((cell, at) => cell.padEnd(widths[at] ?? 0))));
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n');
}
