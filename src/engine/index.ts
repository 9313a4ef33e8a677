export { databaseFile } from './database-file';
export { endOwnedTemporal, ownedTemporalSpec, ownerName, readServerRecord } from './end-owned';
export { findOrFetchTemporal, type FetchProgress, type FindOptions, type FoundTemporal } from './find-or-fetch';
export { markLog } from './log-mark';
export { freePort, isPortFree } from './ports';
export { startTemporal, type RunningTemporal, type SpawnedTemporal, type StartTemporalOptions } from './start-temporal';
