import { makePreview } from '../files';
import type { PublishInput } from '../contract';
import type { ActivityDeps } from './deps';

/** Null when no preview can be made: a message without its thumbnail is better than none. Goes into the log only. */
export async function previewOf(deps: ActivityDeps, { file }: PublishInput): Promise<string | null> {
  try {
    return await makePreview({ ...file, path: file.source }, file.fileType);
  } catch (error) {
    deps.log.warn('No preview could be made', { source: file.source, reason: (error as Error).message });
    return null;
  }
}
