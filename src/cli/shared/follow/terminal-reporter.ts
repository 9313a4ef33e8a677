import type { TransferEvent } from '../../../client/types';
import type { Io } from '../io';
import type { Output } from '../output/output';
import { createScreen } from '../output/screen';
import { count, cut } from '../output/text';
import type { Reporter, ReporterSource } from './reporter';
import { nameCell, nameWidthFor, rowLines } from './rows';
import { isHeld, isTroubled, type Tracked } from './tracked';
import { renewalWords } from './words';

const REDRAW_MS = 125;
/** With at least this many files, a line of counts is above the rows. */
const COUNTED_FROM = 2;

/** The screen of a terminal: rows of active and failing transfers at the bottom, permanent lines scroll above. */
export function createTerminalReporter(io: Io, output: Output, source: ReporterSource): Reporter {
  const screen = createScreen(io.stderr);
  const style = output.err;
  let notice: string | null = null;

  const nameWidth = (): number => nameWidthFor(source.widest, screen.columns);
  const draw = (): void => {
    screen.draw(regionLines(source, notice, { screen, style, nowMs: io.now(), nameWidth: nameWidth() }));
  };
  // A permanent line is often the end of a row, so draw the rows again after it.
  output.setOverlay({ hide: () => screen.hide(), show: draw });
  const timer = setInterval(draw, REDRAW_MS);
  const line = (label: string, text: string): void => output.note(`${nameCell(label, nameWidth())}  ${text}`);
  draw();
  return {
    event(tracked: Tracked, event: TransferEvent) {
      if (event.kind === 'renewal') line(tracked.item.label, renewalWords(event.status));
    },
    notice(text) {
      notice = text;
      draw();
    },
    line,
    close() {
      clearInterval(timer);
      output.setOverlay(null);
      screen.close();
    },
  };
}

interface Region {
  readonly screen: { readonly columns: number; readonly rows: number };
  readonly style: Output['err'];
  readonly nowMs: number;
  readonly nameWidth: number;
}

function regionLines(source: ReporterSource, notice: string | null, region: Region): string[] {
  const { screen, style, nowMs, nameWidth } = region;
  const unfinished = source.unfinished();
  const counts = source.counts();
  const lines: string[] = [];
  if (counts.total >= COUNTED_FROM) lines.push(style.dim(cut(countsLine(counts, unfinished), screen.columns - 1)));
  const footer = `Ctrl-C is safe; later: ${source.later()}`;
  const tail = [
    ...(notice === null ? [] : [style.warn(cut(notice, screen.columns - 1))]),
    style.dim(cut(footer, screen.columns - 1)),
  ];
  const room = Math.max(1, screen.rows - 3 - lines.length - tail.length);
  const seen = unfinished.filter((tracked) => tracked.status !== null);
  // Failing transfers come first, because a person may have to act. Transfers that wait for their turn come last.
  const rank = ({ status }: Tracked): number => (isTroubled(status) ? 0 : isHeld(status) ? 2 : 1);
  const ordered = [...seen].sort((one, other) => rank(one) - rank(other));
  const rows = ordered.flatMap((tracked) => rowLines(tracked, { columns: screen.columns, nameWidth, nowMs, style }));
  if (rows.length > room) {
    lines.push(...rows.slice(0, room - 1), style.dim(`… and ${count(rows.length - room + 1, 'line')} more`));
  } else lines.push(...rows);
  return [...lines, ...tail];
}

function countsLine(counts: { total: number; done: number; failed: number }, unfinished: readonly Tracked[]): string {
  const held = unfinished.filter(({ status }) => isHeld(status)).length;
  const parts = [`${counts.done.toLocaleString('en-US')} of ${count(counts.total, 'file')} done`];
  if (held > 0) parts.push(`${held} waiting`);
  if (counts.failed > 0) parts.push(`${counts.failed} failed`);
  return parts.join(' · ');
}
