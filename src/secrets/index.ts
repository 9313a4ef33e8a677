/** Seals values that pass through Temporal, reads secrets, and keeps secrets out of every log. */
export { loadSecretFile } from './file';
export { makeSealKey, parseSealKeys, type SealKey } from './keys';
export { redact } from './redact';
export { sealer, type SealContext, type Sealer } from './seal';
