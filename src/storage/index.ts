export { createStorage } from './create-storage';
export { diskFailure } from './disk-failures';
export { sweepPart } from './part-file';
export { lockTarget } from './target-lock';
export { signedUrl, type SignedUrlParts } from './signed-url';
export type {
  DownloadOptions,
  Downloaded,
  SignedUrl,
  Storage,
  StorageOptions,
  StoredObject,
  UploadOptions,
  UploadSource,
  Uploaded,
} from './types';
