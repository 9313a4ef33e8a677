import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { track, type Tracked } from '../../../src/cli/shared/follow/tracked';
import { sendAll } from '../../../src/cli/send/send-all';
import { hasRoom } from '../../../src/cli/send/window';
import { FerryError } from '../../../src/errors';
import { doneEvent, eventOf, fakeClient, receiptOf, statusOf } from '../support/fake-client';
import { documents, fakeIo } from '../support/fake-io';
import { environmentOf, filesNamed, planFor } from '../support/plan';

describe('sending and following', () => {
  test('with --json stdout holds one receipt a file and nothing else', async () => {
    const io = fakeIo();
    const code = await sendAll(environmentOf(io, true), fakeClient(), filesNamed('a.jpg', 'b.jpg'), planFor(io));
    expect(code).toBe(0);
    expect(documents(io)).toEqual([
      { type: 'receipt', v: 1, ...receiptOf('a') },
      { type: 'receipt', v: 1, ...receiptOf('b') },
    ]);
    expect(io.err()).toContain('2 sent');
  });

  test('receipts and errors come in the order of completion', async () => {
    const io = fakeIo();
    let release: () => void = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const client = fakeClient();
    const watch = async function* (transferId: string) {
      if (transferId === 'a') await held;
      if (transferId === 'c') setTimeout(release, 5);
      yield doneEvent(transferId);
    };
    await sendAll(environmentOf(io, true), { ...client, watch }, filesNamed('a.jpg', 'b.jpg', 'c.jpg'), planFor(io));
    expect(documents(io).map((document) => document['transferId'])).toEqual(['b', 'c', 'a']);
  });

  test('a failed transfer is one error with its file and id, and exit 3', async () => {
    const io = fakeIo();
    const error = { code: 'STORAGE_REFUSED', message: 'Storage refused the file (403).', remedy: 'Check it.' } as const;
    const client = fakeClient({
      events: (id) => [id === 'a' ? eventOf('end', statusOf(id, { state: 'failed', error })) : doneEvent(id)],
    });
    const code = await sendAll(environmentOf(io, true), client, filesNamed('a.jpg', 'b.jpg'), planFor(io));
    expect(code).toBe(3);
    expect(documents(io)).toContainEqual({
      type: 'error',
      v: 1,
      error: { ...error, transferId: 'a', source: 'a.jpg' },
    });
    expect(documents(io).filter(({ type }) => type === 'receipt')).toHaveLength(1);
  });

  test('a repeated send with --verify says when it verifies nothing, and how to', async () => {
    const send = async (bytesFetched: number): Promise<string> => {
      const io = fakeIo();
      const client = fakeClient({
        start: () => ({ transferId: 'a', repeated: true }),
        events: (id) => [doneEvent(id, { bytesFetched })],
      });
      expect(await sendAll(environmentOf(io), client, filesNamed('a.jpg'), planFor(io, { verify: true }))).toBe(0);
      return io.err();
    };
    expect(await send(0)).toMatch(/a\.jpg was sent before and is not verified now; .* ferry fetch a --to PATH/);
    expect(await send(800_000)).not.toContain('verified');
  });

  test('a file that is not the one of its --id is never told as sent: one error, exit 2', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ferry-id-'));
    try {
      const path = join(directory, 'b.jpg');
      writeFileSync(path, 'other');
      const file = { ...filesNamed('b.jpg')[0]!, path, sizeBytes: 5 };
      const send = async (sizeBytes: number, md5: string): Promise<{ code: number; told: unknown[] }> => {
        const io = fakeIo();
        const receipt = receiptOf('mine', { sizeBytes, md5 });
        const client = fakeClient({
          start: () => ({ transferId: 'mine', repeated: true }),
          status: (id) => statusOf(id, { state: 'done', sizeBytes, receipt }),
        });
        const code = await sendAll(environmentOf(io, true), client, [file], planFor(io, { id: 'mine' }));
        return { code, told: documents(io) };
      };
      const refused = { code: 2, told: [{ type: 'error', error: { code: 'USAGE', source: 'b.jpg' } }] };
      expect(await send(6, '0'.repeat(32))).toMatchObject(refused);
      expect(await send(5, '0'.repeat(32))).toMatchObject(refused);
      const equal = createHash('md5').update('other').digest('hex');
      expect(await send(5, equal)).toMatchObject({ code: 0, told: [{ type: 'receipt', repeated: true }] });
    } finally {
      rmSync(directory, { recursive: true, force: true });
    }
  });

  test('a repeated send prints the earlier receipt as repeated, and says what it did not do', async () => {
    const io = fakeIo();
    const client = fakeClient({ start: () => ({ transferId: 'a', repeated: true }) });
    const code = await sendAll(environmentOf(io, true), client, filesNamed('a.jpg'), planFor(io));
    expect(code).toBe(0);
    expect(documents(io)[0]).toMatchObject({ type: 'receipt', repeated: true });
    expect(io.err()).toMatch(
      /already sent .*\(message 14, conversation 3f1c0000…\), not sent again; --again sends another/,
    );
  });

  test('--timeout ends the following with one TIMEOUT a file and exit 5; the transfers go on', async () => {
    const io = fakeIo();
    const client = fakeClient({ events: (id) => (id === 'b' ? [doneEvent(id)] : ['hang']) });
    const files = filesNamed('a.jpg', 'b.jpg', 'c.jpg');
    const code = await sendAll(environmentOf(io, true), client, files, planFor(io, { timeout: 200 }));
    expect(code).toBe(5);
    const errors = documents(io).filter(({ type }) => type === 'error');
    expect(errors.map(({ error }) => error)).toEqual(
      ['a', 'c'].map((id) => expect.objectContaining({ code: 'TIMEOUT', transferId: id, source: `${id}.jpg` })),
    );
    expect(io.err()).toContain('ferry watch a');
  });

  test('a failure weighs more than a timeout', async () => {
    const io = fakeIo();
    const client = fakeClient({
      events: (id) => (id === 'a' ? ['hang'] : [eventOf('end', statusOf(id, { state: 'cancelled' }))]),
    });
    const code = await sendAll(environmentOf(io), client, filesNamed('a.jpg', 'b.jpg'), planFor(io, { timeout: 100 }));
    expect(code).toBe(3);
  });

  test('Ctrl-C leaves the transfers running and says how to follow them again', async () => {
    const io = fakeIo();
    const client = fakeClient({ events: () => ['hang'] });
    const sending = sendAll(environmentOf(io), client, filesNamed('a.jpg'), planFor(io));
    setTimeout(() => io.interrupt(), 20);
    expect(await sending).toBe(130);
    expect(io.err()).toContain('The transfer goes on. Follow again: ferry watch a');
  });

  test('Temporal going away while files are started: exit 4, and what was not started is named', async () => {
    const io = fakeIo();
    let started = 0;
    const client = fakeClient({
      start({ file }) {
        started += 1;
        if (started > 20)
          throw new FerryError('TEMPORAL_UNREACHABLE', 'Cannot reach Temporal at 127.0.0.1:1 (refused).');
        return { transferId: file.split('/').at(-1) ?? '', repeated: false };
      },
    });
    const names = Array.from({ length: 100 }, (_, index) => `${index}.jpg`);
    const code = await sendAll(environmentOf(io, true), client, filesNamed(...names), planFor(io), 50);
    expect(code).toBe(4);
    const answered = documents(io).map(
      (document) => document['source'] ?? (document['error'] as { source: string }).source,
    );
    expect(new Set(answered).size).toBe(100);
    expect(io.err()).toContain('20 of 100 files started');
  });

  test('a Temporal that is away for a moment while files are started stops nothing', async () => {
    const io = fakeIo();
    const startedAt = new Date(io.now() + 60_000).toISOString();
    const tried = new Map<string, number>();
    const client = fakeClient({
      start({ file }) {
        const times = (tried.get(file) ?? 0) + 1;
        tried.set(file, times);
        // The first answer is lost, though the transfer was started: the second try finds it.
        if (times === 1) throw new FerryError('TEMPORAL_UNREACHABLE', 'Cannot reach Temporal (timeout).');
        return { transferId: file.split('/').at(-1)?.split('.')[0] ?? '', repeated: true };
      },
      status: (id) => statusOf(id, { startedAt }),
    });
    const code = await sendAll(environmentOf(io, true), client, filesNamed('a.jpg', 'b.jpg'), planFor(io), 5000);
    expect(code).toBe(0);
    expect(documents(io).map(({ type, repeated }) => [type, repeated])).toEqual([
      ['receipt', false],
      ['receipt', false],
    ]);
  });

  test('of thousands of files only so many are under way at a time, and every one is told', async () => {
    const io = fakeIo();
    let underWay = 0;
    let most = 0;
    const client = fakeClient({
      start({ file }) {
        underWay += 1;
        most = Math.max(most, underWay);
        return { transferId: file.split('/').at(-1) ?? '', repeated: false };
      },
    });
    const watch = async function* (transferId: string) {
      await new Promise(setImmediate);
      underWay -= 1;
      yield doneEvent(transferId);
    };
    const names = Array.from({ length: 3000 }, (_, index) => `${index}.jpg`);
    const code = await sendAll(environmentOf(io, true), { ...client, watch }, filesNamed(...names), planFor(io));
    expect(code).toBe(0);
    expect(documents(io)).toHaveLength(3000);
    // Sixteen lanes look for room at the same moment.
    expect(most).toBeLessThanOrEqual(64 + 16);
  });

  test('those in trouble for long give way to others, within bounds', () => {
    const inTrouble = (sinceMs: number): Tracked => ({
      ...track({ transferId: 'a', label: 'a', source: 'a', host: 'h', repeated: false }, 0),
      status: statusOf('a', { state: 'waiting', error: { code: 'STALLED', message: 'm', remedy: 'r' } }),
      waitingSinceMs: sinceMs,
    });
    const many = (amount: number, sinceMs: number): Tracked[] =>
      Array.from({ length: amount }, () => inTrouble(sinceMs));
    expect(hasRoom(many(63, 0), 1000)).toBe(true);
    expect(hasRoom(many(64, 0), 1000)).toBe(false);
    expect(hasRoom(many(64, 0), 31_000)).toBe(true);
    expect(hasRoom(many(512, 0), 31_000)).toBe(false);
  });

  test('--detach prints one status a file and leaves', async () => {
    const io = fakeIo();
    const client = fakeClient({ events: () => ['hang'] });
    const code = await sendAll(
      environmentOf(io, true),
      client,
      filesNamed('a.jpg', 'b.jpg'),
      planFor(io, { detach: true }),
    );
    expect(code).toBe(0);
    expect(documents(io)).toEqual([
      { type: 'status', v: 1, ...statusOf('a') },
      { type: 'status', v: 1, ...statusOf('b') },
    ]);
  });

  test('--again gives all files of one invocation the same suffix, and another one the next time', async () => {
    const io = fakeIo();
    const suffixes = async (): Promise<(string | undefined)[]> => {
      const client = fakeClient();
      await sendAll(environmentOf(io), client, filesNamed('a.jpg', 'b.jpg'), planFor(io, { again: true }));
      return client.requests.map(({ again }) => again);
    };
    const [first, second] = [await suffixes(), await suffixes()];
    expect(new Set(first).size).toBe(1);
    expect(first[0]).toMatch(/^[0-9a-f]{6}$/);
    expect(first[0]).not.toBe(second[0]);
  });

  test('no worker for the host is said within 10 s while the transfer waits', async () => {
    const io = fakeIo();
    const client = fakeClient({ events: () => ['hang'], hasWorker: async () => false });
    const code = await sendAll(environmentOf(io), client, filesNamed('a.jpg'), planFor(io, { timeout: 2500 }));
    expect(code).toBe(5);
    expect(io.err()).toContain('No worker serves host here: transfers wait and go on by themselves.');
  });
});

describe('a repeated send whose conversation is closed by now', () => {
  const repeated = { start: () => ({ transferId: 'a', repeated: true }) };

  test('says so beside the receipt, and ends with 3', async () => {
    const io = fakeIo();
    const client = fakeClient({ ...repeated, conversationIsOpen: async () => false });
    expect(await sendAll(environmentOf(io, true), client, filesNamed('a.jpg'), planFor(io))).toBe(3);
    expect(documents(io)).toEqual([
      expect.objectContaining({ type: 'receipt', repeated: true }),
      expect.objectContaining({
        type: 'error',
        error: expect.objectContaining({ code: 'CONVERSATION_CLOSED', transferId: 'a' }),
      }),
    ]);
    expect(io.err()).toMatch(/closed by now; it was not sent again\..*use --again/);
  });

  test('is not called closed when nobody can say', async () => {
    const io = fakeIo();
    const client = fakeClient({ ...repeated, conversationIsOpen: async () => null });
    expect(await sendAll(environmentOf(io, true), client, filesNamed('a.jpg'), planFor(io))).toBe(0);
    expect(documents(io)).toHaveLength(1);
  });

  test('is asked for once for each conversation, and never for what is new', async () => {
    const io = fakeIo();
    const conversationIsOpen = jest.fn(async () => true);
    const client = fakeClient({
      start: ({ file }) => ({ transferId: file, repeated: !file.endsWith('new.jpg') }),
      conversationIsOpen,
    });
    await sendAll(environmentOf(io, true), client, filesNamed('a.jpg', 'b.jpg', 'new.jpg'), planFor(io));
    expect(conversationIsOpen).toHaveBeenCalledTimes(1);
  });
});
