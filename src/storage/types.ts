/**
 * TempURL storage (OpenStack Swift) as a plain library: knows nothing of LivePerson and nothing of Temporal.
 * All functions throw {@link FerryError} with a code of the error table, or the signal's reason when aborted.
 */

import type { Gate } from '../lib/gate';

/** The parts of a signed URL. `signedUrl` makes it, and checks relativePath (`^/v1/[^/]`) and the origin. */
export interface SignedUrl {
  /** `https://host[:port]`, no trailing slash. */
  readonly origin: string;
  /** Starts with `/v1/`; appended raw, never through URL resolution. */
  readonly relativePath: string;
  /** `temp_url_sig`, `temp_url_expires` and all other parameters of the service. A secret: never log. */
  readonly query: Readonly<Record<string, string>>;
  /** Unix seconds from `temp_url_expires`; the URL is invalid from the beginning of that second. */
  readonly expiresAt: number;
}

/** The file to send, with the facts of its inspection. A difference is SOURCE_CHANGED. */
export interface UploadSource {
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  readonly inode: number;
}

export interface StoredObject {
  readonly sizeBytes: number;
  /** Bare lower-case md5 hex (quotes stripped). */
  readonly etag: string;
}

export interface UploadOptions {
  readonly url: SignedUrl;
  readonly source: UploadSource;
  readonly signal?: AbortSignal;
  /** Called as bytes leave. `bytesDone` counts from the beginning of this upload. */
  readonly onProgress?: (bytesDone: number) => void;
}

export interface Uploaded {
  readonly md5: string;
  readonly sha256: string;
  /** Bytes of content written to the socket. */
  readonly bytesSent: number;
}

export interface DownloadOptions {
  readonly url: SignedUrl;
  /** Absolute path of the finished file; null: verify only, keep nothing. */
  readonly target: string | null;
  readonly expected?: { readonly sizeBytes: number; readonly md5: string };
  /** Largest object to fetch, in bytes, when `expected` is absent. @default no limit */
  readonly maxBytes?: number;
  /** Permissions of the finished file. @default 0o600 */
  readonly fileMode?: number;
  readonly signal?: AbortSignal;
  /** `bytesDone` counts the bytes of the part, with resumed bytes. */
  readonly onProgress?: (bytesDone: number, sizeBytes: number) => void;
}

export interface Downloaded {
  readonly sizeBytes: number;
  readonly md5: string;
  readonly sha256: string;
  /** False when neither the caller nor storage knew an MD5 to compare with, as for an object made of segments. */
  readonly verified: boolean;
  /** Bytes of content received in this call (0 when the target was already equal). */
  readonly bytesFetched: number;
}

export interface StorageOptions {
  /** Every request passes it. @default no limit */
  readonly gate?: Gate;
  /** PEM of a private certificate authority. */
  readonly ca?: string;
  /** Lowest rate before an attempt ends as STALLED. @default 1000 bytes per second over 30 s */
  readonly floor?: { readonly bytesPerSecond: number; readonly windowMs: number };
  readonly connectTimeoutMs?: number;
  readonly headersTimeoutMs?: number;
}

export interface Storage {
  /** Sends the file; resolves only when the 201's ETag equals the md5 of what was sent. */
  upload(options: UploadOptions): Promise<Uploaded>;
  /** Digests of the file. The digests of an unchanged file come from a cache. SOURCE_CHANGED as in `upload`. */
  digest(source: UploadSource, signal?: AbortSignal): Promise<{ readonly md5: string; readonly sha256: string }>;
  /** Works with a URL signed for PUT or GET. null: no such object. URL_REFUSED: the URL is expired or wrong. */
  head(url: SignedUrl, signal?: AbortSignal): Promise<StoredObject | null>;
  download(options: DownloadOptions): Promise<Downloaded>;
  /** Unix milliseconds by the storage's clock, learned from `Date` headers; our own clock until one was seen. */
  now(origin: string): number;
  /** Milliseconds by which the storage's clock is ahead of ours, null until a `Date` was seen. */
  skewMs(origin: string): number | null;
  close(): Promise<void>;
}
