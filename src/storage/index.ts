export { createStorage } from './create-storage';
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
