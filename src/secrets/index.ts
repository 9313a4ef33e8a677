/** Seals what passes through Temporal, reads what must stay secret, and keeps it out of every log. */
export type { SealKey } from '../config/types';
export { loadSecretFile } from './file';
export { makeSealKey, parseSealKeys } from './keys';
export { redact } from './redact';
export { sealer, type SealContext, type Sealer } from './seal';
