import { basename } from 'node:path';
import { COLUMNS, isColumn, type RawLine } from './raw-line';

const PLACEHOLDERS = ['name', 'line', ...COLUMNS.filter((column) => column !== 'caption')];

/**
 * Fills in `{name}` (of the file), `{line}`, and the line's own columns such as `{consumer}`; an empty column gives an
 * empty text. `{{` and `}}` stand for braces.
 *
 * @returns the caption, or the placeholder that does not exist
 */
export function renderCaption(
  template: string,
  { line, fields }: RawLine,
  path: string,
): { readonly caption: string } | { readonly unknown: string } {
  let unknown: string | null = null;
  const caption = template.replaceAll(/\{\{|\}\}|\{([^{}]*)\}/g, (all, name: string | undefined) => {
    if (name === undefined) return all.charAt(0);
    if (name === 'name') return basename(path);
    if (name === 'line') return String(line);
    if (isColumn(name) && name !== 'caption') return fields[name]?.text ?? '';
    unknown ??= all;
    return all;
  });
  return unknown === null ? { caption } : { unknown };
}

/** Why the caption for all lines can never be rendered; null when it can. */
export function problemOfCaption(template: string): string | null {
  const rendered = renderCaption(template, { line: 1, fields: {}, problems: [] }, 'x');
  return 'unknown' in rendered ? unknownPlaceholder(rendered.unknown) : null;
}

export function unknownPlaceholder(placeholder: string): string {
  const names = PLACEHOLDERS.map((name) => `{${name}}`).join(', ');
  return `The caption has ${placeholder}, which is not a placeholder; those are ${names}. For a brace write {{ or }}.`;
}
