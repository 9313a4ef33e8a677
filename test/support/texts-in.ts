import type { Payload } from '@temporalio/common';

/**
 * Every text and every run of bytes in an answer of Temporal, as text. Not by JSON: that shows bytes as base64.
 *
 * @param onPayload given each payload on the way
 */
export function textsIn(value: unknown, onPayload?: (payload: Payload) => void): string {
  if (typeof value === 'string') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  if (typeof value !== 'object' || value === null) return '';
  if ('metadata' in value && 'data' in value && value.data instanceof Uint8Array) onPayload?.(value as Payload);
  return Object.entries(value)
    .map(([name, part]) => `${name} ${textsIn(part, onPayload)}`)
    .join('\n');
}
