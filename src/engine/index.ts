export { databaseFile } from './database-file';
export { endOwnedTemporal, ownedTemporalSpec, ownerName, readServerRecord, type ServerRecord } from './end-owned';
export {
  findOrFetchTemporal,
  type FetchProgress,
  type FindOptions,
  type FoundTemporal,
  type TemporalOrigin,
} from './find-or-fetch';
export { markLog, type LogMark } from './log-mark';
export { freePort, isPortFree } from './ports';
export { startTemporal, type RunningTemporal, type SpawnedTemporal, type StartTemporalOptions } from './start-temporal';
