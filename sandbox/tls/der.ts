/** The few forms of ASN.1 DER (X.690) that a certificate needs. */

const SEQUENCE = 0x30;
const SET = 0x31;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OCTET_STRING = 0x04;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;

export const TRUE = Buffer.from([0x01, 0x01, 0xff]);

export function tagged(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([tag]), lengthOf(content.length), content]);
}

export const sequence = (...parts: readonly Buffer[]): Buffer => tagged(SEQUENCE, ...parts);
export const set = (...parts: readonly Buffer[]): Buffer => tagged(SET, ...parts);
export const octets = (content: Buffer): Buffer => tagged(OCTET_STRING, content);
export const text = (value: string): Buffer => tagged(UTF8_STRING, Buffer.from(value, 'utf8'));

/** @param value big-endian, not negative */
export function integer(value: Buffer): Buffer {
  const from = value.findIndex((byte) => byte !== 0);
  const shortest = from === -1 ? Buffer.from([0]) : value.subarray(from);
  // A leading one would make it negative.
  const sign = (shortest[0] ?? 0) >= 0x80 ? Buffer.from([0]) : Buffer.alloc(0);
  return tagged(INTEGER, sign, shortest);
}

/** @param unused bits at the end of the last byte */
export function bits(content: Buffer, unused = 0): Buffer {
  return tagged(BIT_STRING, Buffer.from([unused]), content);
}

/** @param dotted such as `2.5.29.17` */
export function objectId(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  return tagged(OBJECT_IDENTIFIER, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}

/** Two digits for the year up to 2049, four after it (RFC 5280). */
export function time(at: Date): Buffer {
  const digits = at.toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return at.getUTCFullYear() < 2050
    ? tagged(UTC_TIME, Buffer.from(digits.slice(2)))
    : tagged(GENERALIZED_TIME, Buffer.from(digits));
}

function lengthOf(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 + bytes.length, ...bytes]);
}

function base128(value: number): number[] {
  const digits = [value % 128];
  for (let rest = Math.floor(value / 128); rest > 0; rest = Math.floor(rest / 128)) digits.unshift(128 + (rest % 128));
  return digits;
}
