import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';

/** A 16 by 16 JPEG and PNG: real pictures that decode. */
export const JPEG = Buffer.from(
  '/9j/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAQABADASIAAhEBAxEB/8QAFQABAQAAAAAAAAAAAAAAAAAAAAP/xAAUEAEAAAAAAAAAAAAAAAAAAAAA/8QAFAEBAAAAAAAAAAAAAAAAAAAABf/EABQRAQAAAAAAAAAAAAAAAAAAAAD/2gAMAwEAAhEDEQA/AIADjD//2Q==',
  'base64',
);
export const PNG = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAACXBIWXMAAAPoAAAD6AG1e1JrAAAAGUlEQVQokWMQCXhGEmIY1RAwGkoiwzVpAACemEoQZfDkSwAAAABJRU5ErkJggg==',
  'base64',
);

const BLOCK = 1024 * 1024;

/** A JPEG followed by a long tail of other bytes is still a JPEG that decodes. No two are equal. */
export async function writeJpeg(path: string, sizeBytes = JPEG.length + 16): Promise<string> {
  const file = await open(path, 'w');
  try {
    await file.write(JPEG);
    for (let left = sizeBytes - JPEG.length; left > 0; left -= BLOCK)
      await file.write(randomBytes(Math.min(left, BLOCK)));
  } finally {
    await file.close();
  }
  return path;
}
