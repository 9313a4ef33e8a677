import { createHash } from 'node:crypto';

export interface Digests {
  /** Lower-case hex. */
  readonly md5: string;
  /** Lower-case hex. */
  readonly sha256: string;
}

/** MD5 (which Swift answers as ETag) and SHA-256 (for the receipt) over bytes given in order. */
export interface Digester {
  /** The bytes may be overwritten once the promise resolves. */
  update(bytes: Uint8Array): Promise<void> | void;
  finish(): Promise<Digests>;
  /** Lets go of what it holds; also when not finished. */
  dispose(): void;
}

/** Digests on the calling thread. */
export function inlineDigester(): Digester {
  const md5 = createHash('md5');
  const sha256 = createHash('sha256');
  return {
    update(bytes) {
      md5.update(bytes);
      sha256.update(bytes);
    },
    finish: () => Promise.resolve({ md5: md5.digest('hex'), sha256: sha256.digest('hex') }),
    dispose: () => undefined,
  };
}
