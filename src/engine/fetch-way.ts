/** What a way of fetching is given. */
export interface FetchTask {
  /** Empty directory of this fetch alone, on the cache's file system; removed afterwards. */
  readonly directory: string;
  /** Bytes so far, and how many there will be when that is known. */
  readonly onBytes?: (bytes: number, totalBytes: number | null) => void;
  readonly signal?: AbortSignal;
}

/** The server program, or why it could not be fetched, in a few words. */
type FetchResult = { readonly file: string } | { readonly problem: string };

/** A way to get the server program. Throws only when `signal` aborts. */
export type FetchWay = (task: FetchTask) => Promise<FetchResult>;
