const SEGMENT = String.raw`(?:[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*')`;
const KEY_PATH = String.raw`${SEGMENT}(?:\s*\.\s*${SEGMENT})*`;
const HEADER = new RegExp(String.raw`^\s*\[\[?\s*(${KEY_PATH})\s*\]`);
const ASSIGNMENT = new RegExp(String.raw`^\s*(${KEY_PATH})\s*=\s*(.*)$`);

/**
 * The line (from 1) of a key in a valid TOML text, or the line of its table. The parser reports no positions, so this
 * function searches the text.
 */
export function lineOf(toml: string, path: readonly PropertyKey[]): number {
  const wanted = path.filter((part) => typeof part === 'string');
  let table: string[] = [];
  let best = { depth: 0, line: 1 };
  let closing: string | null = null;
  for (const [index, line] of toml.split('\n').entries()) {
    if (closing !== null) {
      if (line.includes(closing)) closing = null;
      continue;
    }
    const header = HEADER.exec(line);
    const assignment = header === null ? ASSIGNMENT.exec(line) : null;
    if (header?.[1] !== undefined) table = segments(header[1]);
    const here = assignment?.[1] === undefined ? header && table : [...table, ...segments(assignment[1])];
    if (here && here.length > best.depth && here.every((part, at) => part === wanted[at])) {
      best = { depth: here.length, line: index + 1 };
    }
    closing = opensLongText(assignment?.[2] ?? '');
  }
  return best.line;
}

function segments(keyPath: string): string[] {
  return (keyPath.match(new RegExp(SEGMENT, 'g')) ?? []).map((part) => part.replace(/^["']|["']$/g, ''));
}

/** The end mark of a multi-line text that begins on this line and does not end on it. */
function opensLongText(value: string): string | null {
  for (const mark of ['"""', "'''"]) {
    if (value.startsWith(mark) && !value.includes(mark, mark.length)) return mark;
  }
  return null;
}
