import type { Style } from '../output/style';
import { cut, cutMiddle, pad, textWidth, wrap } from '../output/text';
import { isHeld, type Tracked } from './tracked';
import { movesBytes, outlookWords, percent, progressParts, reasonWords, stepWord } from './words';

const STEP_WIDTH = 13;
const BAR_WIDTH = 12;

export interface RowLayout {
  readonly columns: number;
  readonly nameWidth: number;
  readonly nowMs: number;
  readonly style: Style;
}

/** Columns of the widest label. There may be thousands of labels: ask once. */
export function widestOf(labels: readonly string[]): number {
  return labels.reduce((most, label) => Math.max(most, textWidth(label)), 8);
}

/** Room for names: as wide as the widest, but never more than a third of the terminal. */
export function nameWidthFor(widest: number, columns: number): number {
  return Math.min(widest, Math.max(12, Math.floor(columns / 3)), 40);
}

export function nameCell(label: string, width: number): string {
  return pad(cutMiddle(label, width), width);
}

/** The lines of one transfer at the bottom of the terminal. */
export function rowLines(tracked: Tracked, layout: RowLayout): string[] {
  const name = nameCell(tracked.item.label, layout.nameWidth);
  const { status } = tracked;
  if (status === null) return [fitted(`${name}  starting`, layout)];
  if (isHeld(status)) return heldLines(tracked, name, layout);
  if (!movesBytes(status)) return [withId(`${name}  ${pad(stepWord(status.step), STEP_WIDTH)}`, tracked, layout)];
  return [byteLine(tracked, name, layout)];
}

function fitted(text: string, layout: RowLayout): string {
  return cut(text, layout.columns - 1);
}

function withId(text: string, tracked: Tracked, { columns, style }: RowLayout): string {
  const id = tracked.item.transferId;
  const gap = columns - 1 - textWidth(text) - textWidth(id);
  return gap < 2 ? cut(text, columns - 1) : `${text}${' '.repeat(Math.min(gap, 5))}${style.dim(id)}`;
}

function bar(percentDone: number): string {
  const full = Math.round((percentDone * BAR_WIDTH) / 100);
  return '█'.repeat(full) + '░'.repeat(BAR_WIDTH - full);
}

/** `plan.jpg   upload   62% ████████░░░░ 1.9/3.0 MB  640 kB/s  2 s left     acme-plan-7kq2`, as much of it as fits. */
function byteLine(tracked: Tracked, name: string, layout: RowLayout): string {
  const { status } = tracked;
  if (status === null) return name;
  const done = percent(status);
  const head = `${name}  ${pad(stepWord(status.step), STEP_WIDTH)} ${pad(`${done}%`, 4, 'right')}`;
  const facts = progressParts(tracked);
  let room = layout.columns - 1 - textWidth(head);
  const fitting: string[] = [];
  for (const fact of facts) {
    if (textWidth(fact) + 2 > room) break;
    fitting.push(fact);
    room -= textWidth(fact) + 2;
  }
  const barText = room > BAR_WIDTH + 1 ? ` ${bar(done)}` : '';
  return withId([head + barText, ...fitting].join(barText === '' ? '  ' : ' ').replace(/ {3,}$/, ''), tracked, layout);
}

/**
 * `plan.jpg   WAITING  storage answers 503 since 14:02 (4 min) · next try 38 s · nothing to do`, wrapped if need be.
 */
function heldLines(tracked: Tracked, name: string, layout: RowLayout): string[] {
  const { status } = tracked;
  if (status === null) return [];
  const { columns, nowMs, style, nameWidth } = layout;
  const word = status.state.toUpperCase();
  const reason = reasonWords(tracked, nowMs);
  const outlook = outlookWords(status, nowMs);
  const whole = `${word}  ${reason} · ${outlook}`;
  const room = Math.max(8, columns - 3 - nameWidth);
  const told = textWidth(whole) <= room ? [whole] : [...wrap(`${word}  ${reason}`, room), ...wrap(outlook, room)];
  const indent = ' '.repeat(nameWidth + 2);
  return told.map((line, index) => (index === 0 ? `${name}  ${line.replace(word, style.warn(word))}` : indent + line));
}
