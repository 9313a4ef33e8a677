import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toFerryError } from '../../../src/errors';
import { inspectFile } from '../../../src/files';
import { tempDir } from '../samples';
import { peopleFiles } from './people-files';

const ALL = { types: ['JPG', 'JPEG', 'PNG', 'GIF', 'PDF', 'DOCX', 'XLSX', 'PPTX', 'TXT'], maxBytes: 2 ** 31 };

async function answerOf(path: string, name: string): Promise<{ is: string; says: string }> {
  try {
    const { fileType, notes } = await inspectFile(path, ALL);
    return { is: fileType, says: notes.join(' ') };
  } catch (error) {
    const { code, message, remedy } = toFerryError(error);
    const says = message.replace(path, name).replace(/; the account takes [^.]*\./, '.');
    return { is: code, says: `${says} ${remedy}` };
  }
}

async function main(): Promise<void> {
  const { dir, remove } = tempDir();
  try {
    const sums: string[] = [];
    for (const { kind, files } of await peopleFiles()) {
      let sent = 0;
      for (const { name, content } of files) {
        const path = join(dir, name);
        writeFileSync(path, content);
        const { is, says } = await answerOf(path, name);
        if (!is.includes('_')) sent += 1;
        process.stdout.write(`${kind} | ${name} | ${is} | ${says}\n`);
      }
      sums.push(`${kind}: ${files.length} files, ${sent} sent, ${files.length - sent} refused`);
    }
    process.stdout.write(`\n${sums.join('\n')}\n`);
  } finally {
    remove();
  }
}

void main();
