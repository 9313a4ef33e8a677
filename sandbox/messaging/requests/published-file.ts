import type { Call } from '../context';
import type { JsonObject } from '../json';
import { refuse } from '../refusals';
import { requireText } from './access';

/** The schema's enum for publishing, and JPEG, which it forgets and clients send. */
const DOCUMENTED_TYPES = ['IMG', 'JPG', 'JPEG', 'PNG', 'GIF', 'TXT', 'PDF'];
/** "under 30 KB", counted on what is sent; KB taken generously. */
const LARGEST_PREVIEW_BYTES = 30 * 1024;

/** The message of a hosted/file event; returns its relativePath. Caption and preview may be missing. */
export function checkFileMessage({ context }: Call, message: JsonObject): string {
  const relativePath = requireText(message['relativePath'], 'message.relativePath');
  const fileType = requireText(message['fileType'], 'message.fileType');
  const caption = message['caption'] ?? '';
  const preview = message['preview'] ?? '';
  if (typeof caption !== 'string') throw refuse.badValue('caption must be a text.');
  if (!DOCUMENTED_TYPES.includes(fileType) && !context.deps.rules.types.includes(fileType)) {
    throw refuse.fileType(fileType);
  }
  const previewText = typeof preview === 'string' ? preview : JSON.stringify(preview);
  if (Buffer.byteLength(previewText) > LARGEST_PREVIEW_BYTES) throw refuse.previewSize();
  return relativePath;
}

/**
 * A path must come from an upload URL of the publisher; its object must lie in storage with the size that was declared
 * ("400: check size and that the object is not corrupted").
 */
export async function checkStoredObject({ context, identity }: Call, relativePath: string): Promise<void> {
  const upload = context.ledger.state.uploads.get(relativePath);
  if (!upload) throw refuse.unknownPath();
  if (upload.consumerId !== identity.consumerId) throw refuse.notParticipant();
  if (!context.behaviour.checkPublishedObject) return;
  const object = await context.deps.objects.stat(relativePath);
  if (!object) throw refuse.objectMissing();
  if (object.sizeBytes !== upload.sizeBytes) throw refuse.objectSize();
}
