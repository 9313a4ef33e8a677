import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createConnections, resolveOptions } from '../../src/storage/connections';
import { createDigester } from '../../src/storage/digests';
import { OpenFile } from '../../src/storage/open-file';
import { receive } from '../../src/storage/receive';
import { failureOf, makeScratch, type Scratch } from './support/scratch';
import { CONTAINER, startTempUrlServer, type TempUrlServer } from './support/tempurl-server';

const PATH = `${CONTAINER}/object.PNG`;
const MIB = 1024 * 1024;
const SIZE = 12 * MIB + 5;

let server: TempUrlServer;
let scratch: Scratch;
let file: OpenFile;
const bytes = randomBytes(SIZE);
const connections = createConnections(resolveOptions({}));

beforeEach(async () => {
  server = await startTempUrlServer();
  server.put(PATH, bytes);
  scratch = await makeScratch();
  file = await OpenFile.make(scratch.path('part'), constants.O_RDWR | constants.O_CREAT);
});

afterEach(async () => {
  file.close();
  await server.close();
  await scratch.remove();
});

afterAll(() => connections.close());

const receiveInto = (into: OpenFile): Promise<void> =>
  receive({
    connections,
    url: server.sign('GET', PATH),
    headers: {},
    signal: new AbortController().signal,
    accept: async () => ({
      file: into,
      path: scratch.path('part'),
      position: 0,
      length: SIZE,
      digester: createDigester(),
      onReceived: () => undefined,
      onPaced: () => undefined,
      onWritten: () => undefined,
    }),
  });

/** A disk on which there is room for so many bytes. */
const diskWithRoomFor = (room: number, code: string): OpenFile =>
  Object.assign(Object.create(file) as OpenFile, {
    write: async (pieces: readonly Uint8Array[], position: number) => {
      const piece = Buffer.concat(pieces);
      const fits = Math.min(piece.length, room - position);
      if (fits <= 0) throw Object.assign(new Error('no room'), { code });
      return file.write([piece.subarray(0, fits)], position);
    },
  });

test.each([
  ['ENOSPC', 'DISK_FULL'],
  ['EDQUOT', 'DISK_FULL'],
  ['EROFS', 'TARGET_NOT_WRITABLE'],
  ['EIO', 'TARGET_NOT_WRITABLE'],
])('A disk that answers %s ends the download as %s, and what was written before is kept', async (errno, code) => {
  const failure = await failureOf(receiveInto(diskWithRoomFor(5 * MIB, errno)));
  expect(failure).toMatchObject({ code });
  const kept = await readFile(scratch.path('part'));
  expect(kept.length).toBe(5 * MIB);
  expect(kept.equals(bytes.subarray(0, 5 * MIB))).toBe(true);
});

test('A judgement that throws ends the request with what it threw', async () => {
  const reason = new Error('not this one');
  const refused = receive({
    connections,
    url: server.sign('GET', PATH),
    headers: {},
    signal: new AbortController().signal,
    accept: () => Promise.reject(reason),
  });
  expect(await failureOf(refused)).toBe(reason);
});
