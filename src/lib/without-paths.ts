/** Replaces the path and query of each URL in the text. */
export function withoutPaths(text: string, by: string): string {
  return text.replace(/(https?:\/\/[^\s/]+)\/[^\s,;]*[^\s,;.]/g, `$1${by}`);
}
