export { spawnDetachedUp, type DetachedUpOptions } from './detached';
export { runUp } from './run-up';
export { SANDBOX_PROGRAM, sandboxArguments, sandboxEnvironment } from './sandbox-program';
export { statePaths, type StatePaths } from './state-dir';
export { stopUp } from './stop-up';
export type { SandboxSettings, StopResult, UpHandle, UpOptions } from './types';
