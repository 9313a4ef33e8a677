import { readFileSync } from 'node:fs';
import {
  closeConsumers,
  connect,
  enableFileSharing,
  fileEvent,
  newConversation,
  signUp,
  textEvent,
  uploaded,
} from './support/consumer';
import { closeSites, openSite, reopenSite } from './support/site';

afterEach(async () => {
  closeConsumers();
  await closeSites();
});

/** A gate before the disk: appends of one kind wait until it opens. */
function gateFor(what: string) {
  let open!: () => void;
  let arrive!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  const arrived = new Promise<void>((resolve) => (arrive = resolve));
  let isArmed = false;
  return {
    open,
    arrived,
    arm: () => (isArmed = true),
    beforeAppend: async (entry: object) => {
      if (!isArmed || (entry as { what?: string }).what !== what) return;
      arrive();
      await opened;
    },
  };
}

it.each([
  ['message', 'ms.PublishEvent'],
  ['conversation', 'cm.ConsumerRequestConversation'],
  ['conversation-changed', 'cm.UpdateConversationField'],
  ['upload', 'ms.GenerateURLForUploadFile'],
])('answers only when the %s is on disk, and shows it to nobody before', async (what, type) => {
  const gate = gateFor(what);
  const site = await openSite({ beforeAppend: gate.beforeAppend });
  await enableFileSharing(site);
  const jwt = await signUp(site);
  const [author, reader] = [await connect(site, jwt), await connect(site, jwt)];
  const dialogId = await newConversation(author);
  await reader.request('ms.SubscribeMessagingEvents', { dialogId });
  await reader.request('cqm.SubscribeExConversations');
  const shown = () => [site.messaging.messages(), site.messaging.conversations()];
  const before = shown();
  gate.arm();
  const answer = author.request(type, {
    ...textEvent(dialogId),
    fileSize: 1,
    fileType: 'PNG',
    conversationId: type === 'cm.ConsumerRequestConversation' ? undefined : dialogId,
    conversationField: { field: 'ConversationStateField', conversationState: 'CLOSE' },
  });
  await gate.arrived;
  await reader.request('GetClock');
  const heard = reader.received.length;
  expect(author.received).toHaveLength(1);
  expect(shown()).toEqual(before);
  gate.open();
  expect((await answer).code).toBe(200);
  expect(readFileSync(site.journalFile, 'utf8')).toContain(`"what":"${what}"`);
  await reader.request('GetClock');
  expect(reader.received.length - heard).toBe(what === 'upload' ? 1 : 2);
});

it('answers 500 and changes nothing when the disk refuses, and goes on when it takes again', async () => {
  let isFull = false;
  const site = await openSite({
    beforeAppend: async () => {
      if (isFull) throw new Error('no space left');
    },
  });
  const consumer = await connect(site);
  const dialogId = await newConversation(consumer);
  isFull = true;
  expect(await consumer.request('ms.PublishEvent', textEvent(dialogId))).toMatchObject({
    code: 500,
    body: { errorCode: 50_000 },
  });
  expect(site.messaging.messages()).toEqual([]);
  isFull = false;
  expect((await consumer.request('ms.PublishEvent', textEvent(dialogId))).code).toBe(200);
  expect(site.messaging.messages()).toHaveLength(1);
});

it('shows everything in the same order after a kill, and ignores the entries of others', async () => {
  const site = await openSite();
  await enableFileSharing(site);
  const jwt = await signUp(site);
  const sockets = await Promise.all([1, 2, 3].map(() => connect(site, jwt)));
  const [first] = sockets;
  if (!first) throw new Error('There is no socket.');
  const dialogs = [await newConversation(first), await newConversation(first)];
  await Promise.all(
    sockets.flatMap((socket) =>
      dialogs.map(async (dialogId) => {
        const path = await uploaded(site, socket);
        await socket.request('ms.PublishEvent', fileEvent(dialogId, path));
        await socket.request('ms.PublishEvent', textEvent(dialogId));
      }),
    ),
  );
  const next = await reopenSite(site);
  for (const foreign of [null, 7, 'x', [], {}, { room: 'storage', what: 'message' }]) next.messaging.replay(foreign);
  expect(next.messaging.messages()).toEqual(site.messaging.messages());
  expect(next.messaging.messages()).toHaveLength(12);
  expect(next.messaging.conversations()).toEqual(site.messaging.conversations());
});
