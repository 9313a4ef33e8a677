/** A key of the audit ring. The first key of a ring writes, all keys check. */
export interface AuditKey {
  /** First 8 hex characters of the SHA-256 of the key; part of every line. */
  readonly id: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

/** Never empty. The first one writes. */
export type AuditRing = readonly [AuditKey, ...AuditKey[]];

/** The last line of a chained file, or the state before its first line. */
export interface Head {
  /** Number of the line within its chain, from 1; 0 before the first line. */
  readonly n: number;
  /** HMAC of that line, lower-case hex; before the first line, the value that the first line must have in `prev`. */
  readonly mac: string;
}

/** An entry of an anchor file: at this time the chain of `file` ended with line `n`. */
export interface Anchor extends Head {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Path of the chained file below the state directory, such as `receipts/2026-11.jsonl`. */
  readonly file: string;
}
