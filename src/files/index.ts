/** Files on this host: what they are, whether an account takes them, where they may lie, and their previews. */
export { checkAllowed } from './allowed';
export { MAX_PREVIEW_BYTES } from './encode-preview';
export { imageToolsAvailable } from './image';
export { inspectFile, type InspectOptions } from './inspect';
export { isSameFile, openInspected, openSource, type OpenedSource, type SourceIdentity } from './open';
export { makePreview } from './preview';
export { checkTarget, targetPathFor, type TargetState } from './target';
export type { FileRules, InspectedFile, Preview } from './types';
