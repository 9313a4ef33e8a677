/** The configuration of Ferry: its location, its content, and the secrets that it names. */
export { account } from './account';
export { addressOf } from './address';
export {
  adminCredentials,
  checkConsumerOf,
  consumerCredentials,
  loadPayloadKeys,
  loadSealKeys,
  loadPayloadKeyFile,
  payloadKeyPath,
  readSecret,
} from './credentials';
export { exampleConfig } from './example';
export { hostId, type HostIdOptions } from './host';
export { locateTemporal, type LocatedTemporal, type LocateOptions } from './locate';
export { loadConfig, loadUpConfig, trustFile, type LoadConfigOptions } from './load';
export { defaultCacheDir, defaultStateDir, pathFrom, userConfigPath } from './paths';
export { connectOptions, resolveTemporal, type ConnectOptions, type ResolveTemporalOptions } from './temporal';
export { destinationOf } from './notify';
export { checkStateDir, trustConfig } from './trusted';
export { readUp, readUpFile, upFilePath } from './up-file';
