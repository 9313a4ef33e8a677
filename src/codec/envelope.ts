/**
 * A sealed payload: AES-256-GCM over a whole payload of Temporal, in a payload of its own.
 *
 * The associated data is the owner: namespace, workflow id and, for a payload of an activity, the activity id. A
 * payload that was copied to another workflow, or to another activity of the same workflow, does not open there. The
 * metadata repeats the owner, because a person who reads a history does not know it.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import type { SealKey } from '../secrets';

export type PayloadKeys = readonly SealKey[];

/** The owner of a payload. */
export interface PayloadOwner {
  readonly namespace: string;
  readonly workflowId: string;
  /** Empty for payloads of the workflow itself. */
  readonly activityId: string;
}

const ENCODING = 'binary/ferry-sealed';
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

const PayloadProto = temporal.api.common.v1.Payload;

/** Seals with the first key. Two seals of one payload differ. */
export function sealPayload(keys: PayloadKeys, payload: Payload, owner: PayloadOwner): Payload {
  const [key] = keys;
  if (key === undefined) throw new Error('The ring of payload keys is empty.');
  const of = ownerText(owner);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(of));
  const sealed = [nonce, cipher.update(PayloadProto.encode(payload).finish()), cipher.final(), cipher.getAuthTag()];
  return {
    metadata: { encoding: Buffer.from(ENCODING), key: Buffer.from(key.id), of: Buffer.from(of) },
    data: Buffer.concat(sealed),
  };
}

/**
 * Never throws: an error would fail a workflow task, and Temporal would retry that task forever. Null for a payload
 * that is in clear, sealed for another owner, sealed with a key that is not in the ring, or changed.
 */
export function unsealPayload(keys: PayloadKeys, payload: Payload, owner: PayloadOwner): Payload | null {
  const of = ownerText(owner);
  return textOf(payload.metadata?.['of']) === of ? unseal(keys, payload, of) : null;
}

/** Like {@link unsealPayload}, for any owner. For display only: nothing may be done because of the content. */
export function unsealForDisplay(keys: PayloadKeys, payload: Payload): Payload | null {
  return unseal(keys, payload, textOf(payload.metadata?.['of']));
}

function unseal(keys: PayloadKeys, { metadata, data }: Payload, of: string): Payload | null {
  if (textOf(metadata?.['encoding']) !== ENCODING || data === undefined || data === null) return null;
  const id = textOf(metadata?.['key']);
  const key = keys.find((candidate) => candidate.id === id);
  if (key === undefined || data.length < NONCE_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv(CIPHER, key.key, data.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAAD(Buffer.from(of));
    decipher.setAuthTag(data.subarray(-TAG_BYTES));
    const plain = [decipher.update(data.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()];
    return PayloadProto.decode(Buffer.concat(plain));
  } catch {
    return null;
  }
}

/** JSON keeps the parts apart. */
function ownerText({ namespace, workflowId, activityId }: PayloadOwner): string {
  return JSON.stringify(['fp1', namespace, workflowId, activityId]);
}

function textOf(bytes: Uint8Array | null | undefined): string {
  return bytes === null || bytes === undefined ? '' : Buffer.from(bytes).toString('utf8');
}
