/**
 * The text of a chained line. It ends with `"chain":{"key","n","prev"},"mac"}`: `prev` is the HMAC of the line before,
 * and `mac` that of the line itself, over its bytes before `,"mac"`. The line's own HMAC distinguishes a changed line
 * from an inserted line.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { safeJson } from '../lib/safe-json';
import type { AuditKey, Head } from './types';

const MAC = /^,"mac":"([0-9a-f]{64})"\}$/;
const MAC_CHARACTERS = ',"mac":""}'.length + 64;
const CHAIN = /,"chain":\{"key":"([0-9a-f]{8})","n":(\d{1,15}),"prev":"([0-9a-f]{64})"\}$/;

/** A line without its line break, and the head of the chain after it. */
export interface ChainedLine {
  readonly text: string;
  readonly head: Head;
}

/** Appends a record after `head`. */
export function chainedLine(record: object, { id, key }: AuditKey, head: Head): ChainedLine {
  const n = head.n + 1;
  const body = safeJson({ ...record, chain: { key: id, n, prev: head.mac } }).slice(0, -1);
  const mac = hmac(key, body);
  return { text: `${body},"mac":"${mac}"}`, head: { n, mac } };
}

export interface ReadLine extends Head {
  readonly prev: string;
  /**
   * - `ours`: written by a holder of the key, and not changed since
   * - `changed`: it has the form of a chained line, but its HMAC does not fit
   * - `unknown-key`: the ring does not have the key that the line names
   */
  readonly state: 'ours' | 'changed' | 'unknown-key';
  readonly keyId: string;
}

/** Null for a line that does not have the form of a chained line. */
export function readChainedLine(line: Buffer, keys: readonly AuditKey[]): ReadLine | null {
  const end = line.length - MAC_CHARACTERS;
  if (end <= 0) return null;
  const mac = MAC.exec(line.toString('latin1', end))?.[1];
  const body = line.subarray(0, end);
  const chain = CHAIN.exec(line.toString('latin1', Math.max(0, end - 200), end));
  const [, keyId, n, prev] = chain ?? [];
  if (mac === undefined || keyId === undefined || n === undefined || prev === undefined) return null;
  const key = keys.find(({ id }) => id === keyId);
  const facts = { keyId, n: Number(n), prev, mac };
  if (key === undefined) return { ...facts, state: 'unknown-key' };
  return { ...facts, state: isSame(hmac(key.key, body), mac) ? 'ours' : 'changed' };
}

/**
 * The state before the first chained line of a file. It includes the name of the file and the earlier lines without a
 * chain, so that later changes of these lines are detected as well.
 *
 * @param file as in {@link Anchor}
 * @param before SHA-256 of the bytes before the first chained line, in hex
 */
export function genesis({ key }: AuditKey, file: string, before: string): Head {
  return { n: 0, mac: hmac(key, `ferry-chain\n${file}\n${before}`) };
}

function hmac(key: Buffer, text: string | Buffer): string {
  return createHmac('sha256', key).update(text).digest('hex');
}

function isSame(one: string, other: string): boolean {
  return timingSafeEqual(Buffer.from(one), Buffer.from(other));
}
