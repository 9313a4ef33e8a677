import { makePreview } from '../files';
import type { Inspection } from '../contract';
import type { ActivityDeps } from './deps';

type Pictured = Pick<Inspection, 'source' | 'sizeBytes' | 'mtimeMs' | 'inode' | 'fileType'>;

/**
 * The preview of the uploaded bytes, which the inspection may have made already. Returns null and logs the reason when
 * no preview can be made, because a message can be sent without a preview.
 *
 * @param sha256 digest of the uploaded bytes; null: not known, so the file may show something else by now
 */
export async function previewOf(
  { previews, log }: ActivityDeps,
  file: Pictured,
  sha256: string | null,
): Promise<string | null> {
  if (sha256 === null) return null;
  const made = previews.take(sha256);
  if (made !== null) return made;
  try {
    return await makePreview({ ...file, path: file.source }, file.fileType, sha256);
  } catch (error) {
    log.warn('No preview could be made', { source: file.source, reason: (error as Error).message });
    return null;
  }
}
