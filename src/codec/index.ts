/** Seals the data that Temporal stores for Ferry: inputs, results, heartbeats, memos and failure texts. */
export { createPayloads, type PayloadKeys, type Payloads } from './payloads';
export { unsealForDisplay, type PayloadOwner } from './envelope';
