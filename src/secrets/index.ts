/** Seals what passes through Temporal, reads what must stay secret, and keeps it out of every log. */
export { loadSecretFile } from './file';
export { makeSealKey, parseSealKeys, type SealKey } from './keys';
export { redact } from './redact';
export { sealer, type SealContext, type Sealer } from './seal';
