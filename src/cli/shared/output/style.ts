import type { Env } from '../../../lib/env';
import { isTerminal, type Sink } from '../io';

type Paint = (text: string) => string;

export interface Style {
  readonly good: Paint;
  readonly bad: Paint;
  readonly warn: Paint;
  readonly dim: Paint;
  readonly strong: Paint;
}

const plain = (text: string): string => text;
const sgr =
  (open: number, close: number) =>
  (text: string): string =>
    text === '' ? text : `\u001b[${open}m${text}\u001b[${close}m`;

const COLOURED: Style = { good: sgr(32, 39), bad: sgr(31, 39), warn: sgr(33, 39), dim: sgr(2, 22), strong: sgr(1, 22) };
const PLAIN: Style = { good: plain, bad: plain, warn: plain, dim: plain, strong: plain };

/** Colours on a terminal only, and never where NO_COLOR is set to anything (https://no-color.org). */
export function styleFor(sink: Sink, env: Env): Style {
  const refused = (env['NO_COLOR'] ?? '') !== '';
  return !refused && isTerminal(sink, env) ? COLOURED : PLAIN;
}
