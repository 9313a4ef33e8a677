/** The limit of open files says nothing about the file at which it was met, so nothing is parked or refused because of it. */
import { failureAnywhere, FerryError, toFerryError, writeFailure } from '../../src/errors';
import { sourceError } from '../../src/files/system-errors';
import { inspectSource } from '../../src/client/inspect-source';
import { jobFilesFailure } from '../../src/jobs/failures';
import { diskFailure } from '../../src/storage/disk-failures';
import { networkFailure } from '../../src/storage/failures';

const emfile = Object.assign(new Error("EMFILE: too many open files, open '/data/plan.jpg'"), {
  code: 'EMFILE',
  path: '/data/plan.jpg',
});
const enfile = Object.assign(new Error('ENFILE: file table overflow'), { code: 'ENFILE' });

test.each([
  ['a source', (error: unknown) => sourceError(error, '/data/plan.jpg')],
  ['a target', (error: unknown) => diskFailure(error, '/data/plan.jpg')],
  ['a connection', (error: unknown) => networkFailure(new TypeError('fetch failed', { cause: error }), 'PUT x')],
  ['receipts', (error: unknown) => writeFailure(error, '/state/receipts')],
  ['a job', (error: unknown) => jobFilesFailure(error, '/state/jobs')],
  ['anything else', toFerryError],
])('Too many open files at %s is an outage of its own.', (_place, map) => {
  for (const error of [emfile, enfile]) expect(map(error)).toMatchObject({ code: 'TOO_MANY_OPEN_FILES' });
  expect(map(emfile)).toMatchObject({ row: { does: 'retry' } });
});

test('Whose limit it is, and at which file, is said.', () => {
  expect(failureAnywhere(emfile)?.message).toBe(
    'This process may not open more files or connections (EMFILE) for /data/plan.jpg.',
  );
  expect(failureAnywhere(enfile)?.message).toBe('This machine may not open more files or connections (ENFILE).');
});

test('Other errors mean what their place makes of them.', async () => {
  expect(failureAnywhere(new Error('other'))).toBeNull();
  expect(failureAnywhere(undefined)).toBeNull();
  expect(failureAnywhere(new FerryError('STALLED', 'slow'))).toMatchObject({ code: 'STALLED' });
  await expect(inspectSource('/not/there.jpg')).rejects.toMatchObject({ code: 'SOURCE_MISSING' });
});

test('A full disk is never an internal fault, whatever was written; the limit of watches is not a full disk.', () => {
  const full = (more: object) =>
    toFerryError(Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC', ...more }));
  expect(full({ syscall: 'write' })).toMatchObject({ code: 'DISK_FULL', row: { does: 'park' } });
  expect(full({ path: '/state/x.json' }).message).toBe('There is no room left for /state/x.json (ENOSPC).');
  expect(full({ syscall: 'watch', path: '/state' }).code).toBe('INTERNAL');
});
