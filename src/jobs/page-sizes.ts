import { PAGE_LIMITS } from '../contract';

/** The CPU cost of a page equals the cost of about ten small lines. Smaller pages would cost more than they save. */
const LEAST_LINES = 16;

interface PagePlace {
  /** Number of the page, from 0. */
  readonly page: number;
  readonly lanes: number;
  /** Lines from the first line of this page to the end of the manifest. */
  readonly linesLeft: number;
}

/**
 * The most lines of a page. The first pages grow, so that the lanes are not all at the same step at the same time. The
 * last pages shrink, so that no lane has much to do when the others have nothing left.
 */
export function mostLinesOf({ page, lanes, linesLeft }: PagePlace): number {
  const atFirst = Math.ceil((PAGE_LIMITS.lines * (page + 1)) / lanes);
  const atLast = Math.ceil(linesLeft / lanes);
  return Math.min(PAGE_LIMITS.lines, Math.max(LEAST_LINES, Math.min(atFirst, atLast)));
}
