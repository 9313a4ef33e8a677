/**
 * Text on a terminal: how wide it is, how to cut it, and how to keep a hostile file name from steering the terminal.
 */

const PLAIN = /^[\x20-\x7e]*$/;
// C0, C1, bidirectional overrides and isolates, line and paragraph separators: all of them can repaint or reorder
// a line.
// oxlint-disable-next-line no-control-regex -- these are the characters to be removed
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const INVISIBLE = /^[\p{Mark}\p{Cf}]/u;
const EMOJI = /^\p{Emoji_Presentation}|\ufe0f/u;
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f900}-\u{1f9ff}\u{20000}-\u{3fffd}]/u;

let segmenter: Intl.Segmenter | undefined;

function graphemes(text: string): string[] {
  segmenter ??= new Intl.Segmenter();
  return Array.from(segmenter.segment(text), (part) => part.segment);
}

function graphemeWidth(grapheme: string): number {
  if (INVISIBLE.test(grapheme)) return 0;
  return EMOJI.test(grapheme) || WIDE.test(grapheme) ? 2 : 1;
}

/** Columns that a text without escape sequences takes: wide characters two, combining marks none. */
export function textWidth(text: string): number {
  if (PLAIN.test(text)) return text.length;
  return graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** Replaces every character that could steer the terminal; names of files come from anybody. */
export function safe(text: string): string {
  return text.replace(UNSAFE, '\ufffd');
}

/** The same for a text of several lines; the ends of lines and tabs stay. */
export function safeLines(text: string): string {
  return text.replace(UNSAFE, (character, at: number) =>
    character === '\n' || character === '\t' || (character === '\r' && text[at + 1] === '\n') ? character : '\ufffd',
  );
}

function take(parts: readonly string[], width: number): string {
  let used = 0;
  let taken = '';
  for (const part of parts) {
    used += graphemeWidth(part);
    if (used > width) break;
    taken += part;
  }
  return taken;
}

/** Cuts at the end, with an ellipsis, so that the text takes at most `width` columns. */
export function cut(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  return width < 1 ? '' : `${take(graphemes(text), width - 1)}…`;
}

/** Cuts in the middle, so that the beginning and the ending of a file name both stay. */
export function cutMiddle(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 5) return cut(text, width);
  const parts = graphemes(text);
  const tailWidth = Math.min(8, Math.floor((width - 1) / 2));
  let tail = '';
  for (let index = parts.length - 1; index >= 0; index -= 1) {
    const longer = (parts[index] ?? '') + tail;
    if (textWidth(longer) > tailWidth) break;
    tail = longer;
  }
  return `${take(parts, width - 1 - textWidth(tail))}…${tail}`;
}

/** Breaks at spaces into lines of at most `width` columns; a word that is longer is cut. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    line = cutMiddle(word, width);
  }
  return line === '' ? lines : [...lines, line];
}

/** Pads with spaces to `width` columns; a text that is wider stays as it is. */
export function pad(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const gap = ' '.repeat(Math.max(0, width - textWidth(text)));
  return align === 'left' ? text + gap : gap + text;
}

/** `1 file`, `2 files`; large counts with separators: `1,203 files`. */
export function count(amount: number, singular: string, plural = `${singular}s`): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? singular : plural}`;
}
