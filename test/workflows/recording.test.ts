import {
  CANCEL_NOTE,
  COMMAND_MEMO,
  WORKFLOW,
  type AuditEntry,
  type KeepAuditInput,
  type PublishPageInput,
  type TransferResult,
} from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { endOf, FakeJob, jobOf, orderJob, startJob } from './job-stand-ins';
import { inState, order } from './commanding';
import { failureOf, HOST, inputOf, openStage, refusal, start, untilCancelled, type Stage } from './stand-ins';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

const asked = { by: 'eve@lap', why: 'the storage is moved' };

/** What the host is asked to record. */
function book() {
  const entries: AuditEntry[] = [];
  const keepAudit = (input: KeepAuditInput): Promise<void> => {
    entries.push(...input.entries);
    return Promise.resolve();
  };
  return { entries, keepAudit };
}

test('A send is on record with its inspection, before anything else, and its receipt names who asked and why.', async () => {
  let audit: AuditEntry | undefined;
  let receipt: object | undefined;
  await stage.play(
    {
      inspect: (input) => {
        audit = input.audit;
        return refusalOnce(input.audit === undefined);
      },
      publish: (input) => {
        receipt = input.receipt;
        return refusal('CONVERSATION_CLOSED', { effect: 'refused', unsettledUntil: null, refusedLooks: 0 });
      },
    },
    async (client) => {
      const input = inputOf(asked);
      const handle = await start(client, input);
      await failureOf(handle.result());
      const subject = { transferId: input.transferId, account: 'acme', consumer: 'ops', host: HOST };
      expect(audit).toMatchObject({ action: 'send', ...subject, source: '/data/plan.jpg', ...asked });
      expect(audit?.id).toBe(handle.firstExecutionRunId);
      expect(receipt).toMatchObject(asked);
    },
  );
});

const file = {
  source: '/data/plan.jpg',
  name: 'plan.jpg',
  sizeBytes: 100,
  mtimeMs: 1,
  inode: 2,
  fileType: 'JPG',
  notes: [],
};

function refusalOnce(isWrong: boolean) {
  return isWrong ? refusal('SOURCE_MISSING') : Promise.resolve(file);
}

test('A send of an earlier version, which names nobody, asks for no record.', async () => {
  const { entries, keepAudit } = book();
  let audit: AuditEntry | undefined;
  await stage.play(
    { keepAudit, inspect: (input) => Promise.resolve(((audit = input.audit), file)) },
    async (client) => {
      const { receipt } = (await (await start(client, inputOf())).result()) as TransferResult;
      expect([audit, entries, receipt?.by]).toEqual([undefined, [], undefined]);
    },
  );
});

test('Commands and a cancellation are on record on the host, and the last one is in the memo.', async () => {
  const { entries, keepAudit } = book();
  await stage.play({ keepAudit, upload: () => untilCancelled(() => undefined) }, async (client) => {
    const handle = await start(client, inputOf());
    await inState(handle, 'running');
    await order(handle, 'pause', undefined, asked);
    await order(handle, 'resume', undefined, { by: 'bob@lap' });
    await handle.signal(CANCEL_NOTE, { commandId: 'c-cancel', ...asked });
    await handle.cancel();
    await failureOf(handle.result());
    expect(entries.map(({ action, by, why }) => [action, by, why])).toEqual([
      ['pause', 'eve@lap', 'the storage is moved'],
      ['resume', 'bob@lap', undefined],
      ['cancel', 'eve@lap', 'the storage is moved'],
    ]);
    const { memo } = await handle.describe();
    expect(memo?.[COMMAND_MEMO]).toMatchObject({ name: 'cancel', ...asked });
  });
});

test('A fetch is on record before it fetches, and waits for the record.', async () => {
  const { entries, keepAudit } = book();
  let broken = true;
  const links: string[] = [];
  const input = {
    transferId: 'fetch-1',
    account: 'acme',
    consumer: 'ops',
    host: HOST,
    relativePath: '/v1/AUTH_a/c/x.JPG',
    target: '/in/x.jpg',
    expected: null,
    of: null,
    deadlineMs: 600_000,
    ...asked,
  };
  await stage.play(
    {
      keepAudit: (given) => (broken ? refusal('DISK_FULL') : keepAudit(given)),
      requestDownloadUrl: () => {
        links.push('link');
        return Promise.resolve({ relativePath: input.relativePath, sealed: 's', expiresAt: 4_102_444_800 });
      },
    },
    async (client) => {
      const options = { workflowId: input.transferId, taskQueue: 'ferry', args: [input] };
      const handle = await client.workflow.start(WORKFLOW.fetch, options);
      await inState(handle, 'parked');
      expect(links).toEqual([]);
      broken = false;
      await order(handle, 'retry');
      const { receipt } = (await handle.result()) as TransferResult;
      expect(receipt).toMatchObject(asked);
      expect(entries).toMatchObject([{ action: 'fetch', source: input.relativePath, ...asked }]);
    },
  );
});

test('A command is carried out also where it cannot be recorded.', async () => {
  await stage.play(
    { keepAudit: () => refusal('DISK_FULL'), upload: () => untilCancelled(() => undefined) },
    async (client) => {
      const handle = await start(client, inputOf());
      await waitFor(async () => ((await inState(handle, 'running')).step === 'upload' ? true : undefined));
      await order(handle, 'pause', undefined, asked);
      await inState(handle, 'paused');
      await handle.cancel();
      expect(await failureOf(handle.result())).toBeDefined();
    },
  );
});

test('A command for a transfer whose host is away is recorded by another host.', async () => {
  const { entries, keepAudit } = book();
  await stage.play({ keepAudit }, async (client) => {
    const handle = await start(client, inputOf({ host: 'lost-host' }));
    await handle.signal(CANCEL_NOTE, { commandId: 'c-cancel', ...asked });
    await handle.cancel();
    await failureOf(handle.result());
    expect(entries).toMatchObject([{ action: 'cancel', host: 'lost-host' }]);
  });
});

test('A job and its commands are on record, and its pages carry who asked and why to the receipts of their lines.', async () => {
  const { entries, keepAudit } = book();
  const fake = new FakeJob({ lines: 2 });
  const pages: PublishPageInput[] = [];
  let isHeld = true;
  const publishPage: typeof fake.publishPage = async (input) => {
    pages.push(input);
    if (isHeld) await untilCancelled(() => undefined);
    return fake.publishPage(input);
  };
  await stage.play({ ...fake.activities, keepAudit, publishPage }, async (client) => {
    const handle = await startJob(client, { ...jobOf({ lines: 2 }), ...asked });
    await waitFor(() => (pages.length > 0 ? true : undefined));
    await orderJob(handle, 'pause', { by: 'bob@lap' });
    isHeld = false;
    await orderJob(handle, 'resume', asked);
    expect((await endOf(handle)).counts.done).toBe(2);
    expect(entries.map(({ action, by, why }) => [action, by, why])).toEqual([
      ['job', 'eve@lap', 'the storage is moved'],
      ['pause', 'bob@lap', undefined],
      ['resume', 'eve@lap', 'the storage is moved'],
    ]);
    for (const { page } of pages) expect(page).toMatchObject(asked);
  });
});
