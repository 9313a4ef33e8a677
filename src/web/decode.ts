/** Temporal's protocol for a codec server, without its `/encode`: nobody can make sealed values here. */
import type { IncomingMessage } from 'node:http';
import type * as Codec from '../codec';
import type { SealKey } from '../secrets';

/** Temporal refuses larger messages anyway. */
const MOST_BYTES = 8 * 1024 * 1024;

interface JsonPayload {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly data?: string;
}

/** The body as text; null when it is too long or its sender went away. */
export async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return null;
      chunks.push(chunk);
    }
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * The answer to a body of `{"payloads": [...]}`; null for any other body. A payload that cannot be opened stays
 * unchanged.
 */
export function decodePayloads(body: string, keys: readonly SealKey[]): string | null {
  let payloads: unknown;
  try {
    payloads = (JSON.parse(body) as { readonly payloads?: unknown } | null)?.payloads;
  } catch {
    return null;
  }
  if (!Array.isArray(payloads) || !payloads.every(isPayload)) return null;
  return JSON.stringify({ payloads: payloads.map((payload) => decode(payload, keys)) });
}

function decode(payload: JsonPayload, keys: readonly SealKey[]): JsonPayload {
  // Loaded at the first use: Temporal's message types take a tenth of a second, and most never open the page.
  const { unsealForDisplay } = require('../codec') as typeof Codec;
  const metadata = Object.entries(payload.metadata ?? {}).map(([name, text]) => [name, bytesOf(text)] as const);
  const opened = unsealForDisplay(keys, { metadata: Object.fromEntries(metadata), data: bytesOf(payload.data ?? '') });
  if (opened === null) return payload;
  const shown = Object.entries(opened.metadata ?? {}).map(([name, bytes]) => [name, textOf(bytes)] as const);
  return { metadata: Object.fromEntries(shown), data: textOf(opened.data ?? new Uint8Array()) };
}

function isPayload(value: unknown): value is JsonPayload {
  if (typeof value !== 'object' || value === null) return false;
  const { metadata = {}, data = '' } = value as { readonly metadata?: unknown; readonly data?: unknown };
  if (typeof data !== 'string' || typeof metadata !== 'object' || metadata === null) return false;
  return Object.values(metadata).every((text) => typeof text === 'string');
}

function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, 'base64');
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
