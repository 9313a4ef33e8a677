/** A segment `.` or `..`; `%2e` is a dot, `%2f` and `%5c` are separators to a server that decodes the path first. */
const CLIMBS = /(?:\/|%2f|%5c)(?:\.|%2e){1,2}(?:\/|%2f|%5c|$)/i;

/** True for a path with a segment that leads to another directory, escaped or not, once a server resolves it. */
export function climbs(path: string): boolean {
  return CLIMBS.test(path);
}
