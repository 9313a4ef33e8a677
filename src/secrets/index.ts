/** Seals values that pass through Temporal, reads secrets, and keeps secrets out of every log. */
export { loadSecretFile } from './file';
export { addKey, putFirst, takeOut } from './key-lines';
export { makeKeyLine, makeSealKey, parseSealKeys, type SealKey } from './keys';
export { redact } from './redact';
export { sealer, type SealContext, type Sealer } from './seal';
