import type { FileHandle } from 'node:fs/promises';
import { foreign, type Content } from './content';
import { readAt } from './read';

const MARK = Buffer.from('d0cf11e0a1b11ae1', 'hex');
const CHUNK = 256 * 1024;
const ENTRY = 128;
const STREAM = 2;

const KINDS: Readonly<Record<string, Content>> = {
  EncryptedPackage: foreign('OFFICE', {
    description: 'an Office document that is protected by a password',
    help: 'Remove the password and save it again.',
  }),
  WordDocument: foreign('DOC', { convertTo: ['DOCX', 'PDF'] }),
  Workbook: foreign('XLS', { convertTo: ['XLSX', 'PDF'] }),
  Book: foreign('XLS', { convertTo: ['XLSX', 'PDF'] }),
  'PowerPoint Document': foreign('PPT', { convertTo: ['PPTX', 'PDF'] }),
  '__properties_version1.0': foreign('MSG', { description: 'an Outlook message (MSG)', convertTo: ['PDF', 'TXT'] }),
  VisioDocument: foreign('VSD', { convertTo: ['PDF'] }),
};

export function beginsLikeCompound(head: Buffer): boolean {
  return head.subarray(0, MARK.length).equals(MARK);
}

/**
 * The kind of a compound file (OLE: Office before 2007, or Office with a password), by the names of its streams.
 * Entries of the directory are always at multiples of 128 bytes, so the file is read once, without its sector table.
 */
export async function contentOfCompound(file: FileHandle, signal?: AbortSignal): Promise<Content> {
  let found: Content | null = null;
  for (let position = 0; ; position += CHUNK) {
    signal?.throwIfAborted();
    const chunk = await readAt(file, position, CHUNK);
    for (let at = 0; at + ENTRY <= chunk.length; at += ENTRY) {
      const name = streamAt(chunk, at);
      const kind = name === null ? undefined : KINDS[name];
      // A document may have another document embedded. An encrypted stream decides the kind.
      if (name === 'EncryptedPackage' && kind !== undefined) return kind;
      found ??= kind ?? null;
    }
    if (chunk.length < CHUNK) break;
  }
  return found ?? foreign('OLE', { description: 'a compound file (OLE) of a kind that Ferry does not know' });
}

function streamAt(chunk: Buffer, at: number): string | null {
  const bytes = chunk.readUInt16LE(at + 64);
  if (chunk[at + 66] !== STREAM || bytes < 4 || bytes > 64 || bytes % 2 !== 0) return null;
  return chunk.toString('utf16le', at, at + bytes - 2);
}
