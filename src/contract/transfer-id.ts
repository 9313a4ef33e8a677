/**
 * Ids made from the file and its destination. Not in the index of the contract: workflow code may not load
 * `node:crypto`.
 */
import { createHash } from 'node:crypto';

/** Crockford's alphabet in lower case: no i, l, o or u, so that an id survives being read aloud and typed. */
const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz';
const HASH_CHARACTERS = 10;
const LONGEST_NAME = 24;
const LONGEST_ACCOUNT = 40;

/** Two sends with the same values are equal. */
export interface TransferIdentity {
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string | null;
  readonly host: string;
  /** Symbolic links are resolved, so that two paths of one file give one transfer. */
  readonly path: string;
  /** Base name, for a readable id; not part of the hash. */
  readonly name: string;
  readonly sizeBytes: number | null;
  readonly mtimeMs: number | null;
  readonly caption: string;
}

/**
 * `<account>-<name>-<hash>`: equal sends get the same id, so the file is sent once.
 *
 * @param withoutName where Temporal may not know the file's name: `<account>-<hash>`
 */
export function transferIdOf(identity: TransferIdentity, withoutName = false): string {
  const { account, consumer, conversationId, host, path, name, sizeBytes, mtimeMs, caption } = identity;
  const hash = hashOf([account, consumer, conversationId ?? '-', host, path, sizeBytes, mtimeMs, caption]);
  const begin = typeable(account, LONGEST_ACCOUNT);
  return withoutName ? `${begin}-${hash}` : `${begin}-${typeable(withoutEnding(name), LONGEST_NAME)}-${hash}`;
}

/** `fetch-<account>-<hash>`: one fetch of one object to one place at a time. */
export function fetchIdOf(account: string, relativePath: string, host: string, target: string): string {
  return `fetch-${typeable(account, LONGEST_ACCOUNT)}-${hashOf([account, relativePath, host, target])}`;
}

/**
 * `<account>-<name>-<hash>`: a job with the same lines, of the same files, gets the same id. The name is there even
 * where payloads are sealed, because people tell their jobs apart by it; it is not the name of a file that is sent.
 *
 * @param digest SHA-256 over the lines and their destinations
 */
export function jobIdOf(account: string, name: string, digest: Buffer): string {
  return `${typeable(account, LONGEST_ACCOUNT)}-${typeable(name, LONGEST_NAME)}-${shortText(digest)}`;
}

/** The id of the transfer of one line. It is unique among all lines, jobs and sends. */
export function lineIdOf(jobId: string, line: number): string {
  return `${jobId}-${line}`;
}

/** A job and a line that an id may name. */
export interface LinePlace {
  readonly jobId: string;
  readonly line: number;
}

/** The place of the line in {@link lineIdOf}; null when no line can have this id. There need not be such a job. */
export function linePlaceIn(id: string): LinePlace | null {
  const [, jobId, line] = /^(.+)-([1-9]\d{0,14})$/.exec(id) ?? [];
  return jobId === undefined ? null : { jobId, line: Number(line) };
}

function hashOf(parts: readonly (string | number | null)[]): string {
  // JSON keeps the parts apart: joined strings would let ("a", "bc") meet ("ab", "c").
  return shortText(createHash('sha256').update(JSON.stringify(parts)).digest());
}

function shortText(digest: Buffer): string {
  let bits = digest.readBigUInt64BE();
  let text = '';
  for (let index = 0; index < HASH_CHARACTERS; index += 1) {
    text = CROCKFORD.charAt(Number(bits & 31n)) + text;
    bits >>= 5n;
  }
  return text;
}

function withoutEnding(name: string): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? name.slice(0, dot) : name;
}

function typeable(text: string, longest: number): string {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, longest + 1);
  const trimmed = plain.replace(/^-+/, '').slice(0, longest).replace(/-+$/, '');
  return trimmed === '' ? 'file' : trimmed;
}
