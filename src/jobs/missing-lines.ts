import { withManifest } from './manifest-rows';

/** The most ranges in the text. */
const MOST_RANGES = 20;

/**
 * The lines of a manifest, up to an offset, that are missing in the journal: `2-501, 630`.
 *
 * @param until byte offset of the first row that was not handed out; null when all were handed out
 */
export function missingLines(
  directory: string,
  until: number | null,
  isSettled: (line: number) => boolean,
): Promise<string> {
  return withManifest(directory, async ({ rows }) => {
    const ranges: { readonly first: number; last: number }[] = [];
    let isOpen = false;
    for await (const { row, offset } of rows(0)) {
      if (until !== null && offset >= until) break;
      const open = ranges.at(-1);
      if (isSettled(row.line)) isOpen = false;
      else if (isOpen && open !== undefined) open.last = row.line;
      else {
        ranges.push({ first: row.line, last: row.line });
        isOpen = true;
      }
    }
    const named = ranges.slice(0, MOST_RANGES).map(({ first, last }) => (first === last ? first : `${first}-${last}`));
    return named.join(', ') + (ranges.length > MOST_RANGES ? ' and more' : '');
  });
}
