import type { Sink } from '../io';
import type { Overlay } from './output';
import { textWidth } from './text';

/** Lines at the bottom of a terminal, which are redrawn in place. */
export interface Screen extends Overlay {
  /** Replaces the lines; drops lines at the end that do not fit. */
  draw(lines: readonly string[]): void;
  /** Erases the lines for good. */
  close(): void;
  readonly columns: number;
  readonly rows: number;
}

// oxlint-disable-next-line no-control-regex -- SGR sequences begin with ESC
const SGR = /\u001b\[[0-9;]*m/g;

export function createScreen(sink: Sink): Screen {
  let wanted: readonly string[] = [];
  let drawn: readonly string[] = [];
  const columns = (): number => Math.max(20, sink.columns ?? 80);
  const rows = (): number => Math.max(4, sink.rows ?? 24);

  // A terminal that became narrower has wrapped our lines: count the rows that they take now.
  const eraseSequence = (): string => {
    if (drawn.length === 0) return '';
    const taken = drawn.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(textWidth(line.replace(SGR, '')) / columns())),
      0,
    );
    return `\u001b[${Math.min(taken, rows() - 1)}A\r\u001b[J`;
  };
  const paint = (next: readonly string[]): void => {
    const shown = next.slice(0, rows() - 2);
    const text = eraseSequence() + shown.map((line) => `${line}\n`).join('');
    drawn = shown;
    if (text !== '') sink.write(text);
  };
  return {
    draw(lines) {
      wanted = lines;
      paint(lines);
    },
    hide: () => paint([]),
    show: () => paint(wanted),
    close() {
      wanted = [];
      paint([]);
    },
    get columns() {
      return columns();
    },
    get rows() {
      return rows();
    },
  };
}
