import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FerryError } from '../../src/errors';
import { prepareJob } from '../../src/jobs';
import type { JobAccount, PreparedJob, PrepareJobOptions } from '../../src/jobs/types';

/** What Ferry takes for a JPEG without decoding it. */
export function jpeg(name: string, bytes = 100): Buffer {
  const start = Buffer.from(`\xff\xd8\xff\xe0\0\x10JFIF\0${name}`, 'latin1');
  return Buffer.concat([start, Buffer.alloc(Math.max(0, bytes - start.length))]);
}

export async function writeJpegs(directory: string, ...names: readonly string[]): Promise<void> {
  for (const name of names) await writeFile(join(directory, name), jpeg(name));
}

export function accountOf(name: string): JobAccount {
  if (name !== 'acme' && name !== 'other') throw new FerryError('ACCOUNT_UNKNOWN', `There is no account ${name}.`);
  return {
    name,
    consumer: 'ops',
    files: { types: ['JPG', 'PNG'], maxBytes: 1000 },
    sources: null,
    targets: null,
    checkConsumer(consumer) {
      if (consumer.startsWith('no-')) throw new FerryError('CONSUMER_NOT_ALLOWED', `Not for ${consumer}.`);
    },
  };
}

export function prepare(cwd: string, origin: string, more: Partial<PrepareJobOptions> = {}): Promise<PreparedJob> {
  return prepareJob({ cwd, origin, host: 'desk', account: 'acme', accountOf, ...more });
}

/** `LINE COLUMN FIELD CODE` of each problem. */
export function problemsOf({ problems }: PreparedJob): readonly string[] {
  return problems.map(({ line, column, field, error }) => `${line} ${column ?? '-'} ${field ?? '-'} ${error.code}`);
}

/** `LINE NAME CAPTION` of each row without a problem. */
export function goodOf(job: PreparedJob): readonly string[] {
  const rows = Array.from(job.rows()).filter(({ bad }) => bad === undefined);
  return rows.map(({ line, source, caption }) =>
    `${line} ${source.slice(source.lastIndexOf('/') + 1)} ${caption}`.trim(),
  );
}
