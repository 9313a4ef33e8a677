import { cut, pad, textWidth } from './text';

export interface Column {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** The column that is cut when the terminal is too narrow; the last such one first. */
  readonly shrink?: boolean;
}

const GAP = '  ';

function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[], available: number): number[] {
  const widths = columns.map((column, index) =>
    Math.max(textWidth(column.title), ...rows.map((row) => textWidth(row[index] ?? ''))),
  );
  let excess = widths.reduce((sum, width) => sum + width, 0) + GAP.length * (columns.length - 1) - available;
  for (let index = columns.length - 1; index >= 0 && excess > 0; index -= 1) {
    if (columns[index]?.shrink !== true) continue;
    const width = widths[index] ?? 0;
    const given = Math.min(excess, Math.max(0, width - Math.max(12, textWidth(columns[index]?.title ?? ''))));
    widths[index] = width - given;
    excess -= given;
  }
  return widths;
}

/** Lines of a table, the title first; `available` columns (Infinity where nothing must be cut). */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  available: number,
): string[] {
  const widths = widthsOf(columns, rows, available);
  const line = (cells: readonly string[]): string =>
    columns
      .map((column, index) => pad(cut(cells[index] ?? '', widths[index] ?? 0), widths[index] ?? 0, column.align))
      .join(GAP)
      .trimEnd();
  return [line(columns.map((column) => column.title)), ...rows.map(line)];
}
