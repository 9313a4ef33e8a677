/** The text with what stands behind the host of each URL in it replaced. */
export function withoutPaths(text: string, by: string): string {
  return text.replace(/(https?:\/\/[^\s/]+)\/[^\s,;]*[^\s,;.]/g, `$1${by}`);
}
