/** The input of a way to fetch. */
export interface FetchTask {
  /** An empty directory for this fetch, on the file system of the cache; removed afterwards. */
  readonly directory: string;
  /** Bytes so far, and the total when it is known. */
  readonly onBytes?: (bytes: number, totalBytes: number | null) => void;
  readonly signal?: AbortSignal;
}

/** The server program, or why it could not be fetched, in a few words. */
type FetchResult = { readonly file: string } | { readonly problem: string };

/** A way to get the server program. Throws only when `signal` aborts. */
export type FetchWay = (task: FetchTask) => Promise<FetchResult>;
