export { createStorage } from './create-storage';
export { sweepPart } from './part-file';
export { lockTarget } from './target-lock';
export { signedUrl, type SignedUrlParts } from './signed-url';
export type { Downloaded, SignedUrl, Storage, UploadSource } from './types';
