import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { syncDirectory } from '../lib/sync-directory';
import { jobFilesFailure } from './failures';
import { checkOwn, makeJobDirectory, MANIFEST_FILE } from './job-directory';
import type { PreparedJob } from './types';

const CHUNK_CHARACTERS = 256 * 1024;

/**
 * Stores the manifest of a job on its home host, atomically and durably. An existing manifest stays, because the same
 * id means the same lines.
 *
 * @returns false when the manifest existed
 * @throws {FerryError} CONFIG_NOT_TRUSTED when others may write there; DISK_FULL, TARGET_NOT_WRITABLE
 */
export async function storeManifest(stateDir: string, job: PreparedJob): Promise<boolean> {
  const directory = makeJobDirectory(stateDir, job.header.jobId);
  const path = join(directory, MANIFEST_FILE);
  checkOwn(path, 'file');
  if (existsSync(path)) return false;
  const temporary = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await writeRows(file, job);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    throw jobFilesFailure(error, path);
  } finally {
    await rm(temporary, { force: true });
  }
  for (const name of [directory, join(stateDir, 'jobs')]) await syncDirectory(name);
  return true;
}

async function writeRows(file: FileHandle, { header, rowTexts }: PreparedJob): Promise<void> {
  let text = `${JSON.stringify(header)}\n`;
  for (const row of rowTexts()) {
    text += `${row}\n`;
    if (text.length < CHUNK_CHARACTERS) continue;
    await file.appendFile(text);
    text = '';
  }
  await file.appendFile(text);
}
