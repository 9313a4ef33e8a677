import { createHash } from 'node:crypto';
import type { DataConverter, Payload, PayloadCodec, SerializationContext } from '@temporalio/common';
import { sealPayload, unsealPayload, type PayloadKeys, type PayloadOwner } from './envelope';

export type { PayloadKeys } from './envelope';

/** Writes and reads the payloads of one Temporal. */
export interface Payloads {
  readonly sealed: boolean;
  /** For clients and workers of Temporal's SDK. */
  readonly dataConverter: DataConverter;
  /** The payload before it was sealed. A payload that does not open becomes one with a {@link Refused}. */
  readonly read: (payload: Payload, owner: PayloadOwner) => Payload;
  /** The form of a person's or a file's name for ids and search attributes, which Temporal stores in clear. */
  readonly shown: (...name: readonly string[]) => string;
}

/** Replaces a payload that this ring did not seal for its place. */
interface Refused {
  readonly ferryRefused: 'not sealed for this place';
}

const REFUSED: Refused = { ferryRefused: 'not sealed for this place' };
const REFUSED_PAYLOAD: Payload = {
  metadata: { encoding: Buffer.from('json/plain') },
  data: Buffer.from(JSON.stringify(REFUSED)),
};

/** @param keys the first key seals, every key opens; null: payloads are in clear */
export function createPayloads(keys: PayloadKeys | null): Payloads {
  if (keys === null) {
    return { sealed: false, dataConverter: {}, read: (payload) => payload, shown: (...name) => name.at(-1) ?? '' };
  }
  const read = (payload: Payload, owner: PayloadOwner): Payload =>
    unsealPayload(keys, payload, owner) ?? REFUSED_PAYLOAD;
  const codec: PayloadCodec = {
    encode: (payloads, context) => Promise.resolve(payloads.map((each) => sealPayload(keys, each, ownerOf(context)))),
    decode: (payloads, context) => Promise.resolve(payloads.map((each) => read(each, ownerOf(context)))),
  };
  const failureConverterPath = require.resolve('./failure-converter');
  return { sealed: true, dataConverter: { payloadCodecs: [codec], failureConverterPath }, read, shown: hashed };
}

/** The SDK tells the owner of every payload. A payload without an owner opens only where no owner is expected. */
function ownerOf(context: SerializationContext | undefined): PayloadOwner {
  const { namespace = '', workflowId = '' } = context ?? {};
  const activityId = context?.type === 'activity' ? (context.activityId ?? '') : '';
  return { namespace, workflowId, activityId };
}

const HASH_CHARACTERS = 16;

/**
 * Without a key, so that the result stays the same when keys are rotated: a consumer must be found again. The hash
 * hides a name from the eye only. Somebody who can guess the name can check the guess.
 */
function hashed(...name: readonly string[]): string {
  return createHash('sha256')
    .update(JSON.stringify(['ferry-name', ...name]))
    .digest('hex')
    .slice(0, HASH_CHARACTERS);
}
