import type { Preview } from '../files';

/** A preview has at most 30,000 bytes, so all have 16 MB. Eight lanes of a job hold 400 lines. */
const MOST_PREVIEWS = 512;

/**
 * The previews that inspections made, until a publish takes them. The key is the digest of the picture's bytes, so a
 * preview is only ever found for a file that shows it. Without an entry, the preview is made from the file.
 */
export class Previews {
  private readonly uris = new Map<string, string>();

  /** Drops the oldest preview when there are too many. */
  keep({ sha256, uri }: Preview): void {
    this.uris.delete(sha256);
    this.uris.set(sha256, uri);
    const [oldest] = this.uris.keys();
    if (this.uris.size > MOST_PREVIEWS && oldest !== undefined) this.uris.delete(oldest);
  }

  /** Removes the preview, because a second publish of the same bytes is rare. */
  take(sha256: string): string | null {
    const uri = this.uris.get(sha256) ?? null;
    this.uris.delete(sha256);
    return uri;
  }
}
