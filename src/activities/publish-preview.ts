import { makePreview } from '../files';
import type { Inspection } from '../contract';
import type { ActivityDeps } from './deps';

type Pictured = Pick<Inspection, 'source' | 'sizeBytes' | 'mtimeMs' | 'inode' | 'fileType'>;

/** Returns null and logs the reason when no preview can be made, because a message can be sent without a preview. */
export async function previewOf({ log }: ActivityDeps, file: Pictured): Promise<string | null> {
  try {
    return await makePreview({ ...file, path: file.source }, file.fileType);
  } catch (error) {
    log.warn('No preview could be made', { source: file.source, reason: (error as Error).message });
    return null;
  }
}
