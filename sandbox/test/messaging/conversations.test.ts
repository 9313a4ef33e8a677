import {
  closeConsumers,
  connect,
  newConversation,
  signUp,
  textEvent,
  type Consumer,
  type Incoming,
} from './support/consumer';
import { closeSites, openSite, reopenSite } from './support/site';

afterEach(async () => {
  closeConsumers();
  await closeSites();
});

const isChange = ({ type }: Incoming) => type === 'cqm.ExConversationChangeNotification';

async function subscribe(consumer: Consumer, body: object = { convState: ['OPEN', 'CLOSE'] }): Promise<Incoming> {
  const answer = await consumer.request('cqm.SubscribeExConversations', body);
  const { subscriptionId } = answer.body as { subscriptionId: string };
  return consumer.incoming((frame) => isChange(frame) && frame.body.subscriptionId === subscriptionId);
}

const update = (consumer: Consumer, conversationId: string, conversationField: unknown) =>
  consumer.request('cm.UpdateConversationField', { conversationId, conversationField });
const close = (consumer: Consumer, conversationId: string) =>
  update(consumer, conversationId, [{ field: 'ConversationStateField', conversationState: 'CLOSE' }]);

it('opens another conversation at every request, so that duplicates are visible', async () => {
  const site = await openSite();
  const consumer = await connect(site);
  const [one, two] = [await newConversation(consumer), await newConversation(consumer)];
  expect(one).toMatch(/^[\w-]{1,64}$/);
  expect(site.messaging.conversations()).toEqual([
    { conversationId: one, consumerId: expect.any(String), state: 'OPEN' },
    { conversationId: two, consumerId: expect.any(String), state: 'OPEN' },
  ]);
});

it('can refuse a second open conversation with 409 instead, also when both are asked for at once', async () => {
  const site = await openSite({ behaviour: { openConversations: 'one' } });
  const jwt = await signUp(site);
  const [one, two] = [await connect(site, jwt), await connect(site, jwt)];
  const ask = (consumer: Consumer) => consumer.request('cm.ConsumerRequestConversation');
  const codes = (await Promise.all([ask(one), ask(two)])).map(({ code }) => code);
  expect(new Set(codes)).toEqual(new Set([200, 409]));
  expect((await ask(one)).code).toBe(409);
});

it('refuses a conversation for another brand, channel, urgency or with a long skill', async () => {
  const consumer = await connect(await openSite());
  const ask = async (body: object) => (await consumer.request('cm.ConsumerRequestConversation', body)).code;
  const good = { ttrDefName: 'URGENT', channelType: 'MESSAGING', brandId: '12345678', skillId: '-1' };
  expect(await ask(good)).toBe(200);
  expect(await ask({ ttrDefName: null, campaignInfo: { campaignId: 1, engagementId: '2' } })).toBe(200);
  for (const bad of [{ ttrDefName: 'toString' }, { channelType: 'X' }, { brandId: '1' }, { skillId: '12345678901' }]) {
    expect(await ask({ ...good, ...bad })).toBe(400);
  }
});

it('sends what matches right after the answer, possibly nothing, in the documented shape', async () => {
  const site = await openSite();
  const jwt = await signUp(site);
  const consumer = await connect(site, jwt);
  expect((await subscribe(consumer)).body).toEqual({ subscriptionId: expect.any(String), changes: [] });
  expect(consumer.received.map(({ kind }) => kind)).toEqual(['resp', 'notification']);

  const conversationId = await newConversation(consumer);
  const first = await subscribe(await connect(site, jwt), {
    minLastUpdatedTime: 0,
    convState: 'OPEN',
    stage: ['OPEN'],
  });
  const participant = { id: expect.any(String), role: 'CONSUMER' };
  expect(first.body.changes).toEqual([
    {
      type: 'UPSERT',
      result: {
        convId: conversationId,
        effectiveTTR: -1,
        lastUpdateTime: expect.any(Number),
        conversationDetails: expect.objectContaining({
          participants: [participant],
          brandId: '12345678',
          skillId: '-1',
          state: 'OPEN',
          stage: 'OPEN',
          startTs: expect.any(Number),
          ttr: { ttrType: 'NORMAL', value: 3600 },
          dialogs: [
            {
              dialogId: conversationId,
              dialogType: 'MAIN',
              channelType: 'MESSAGING',
              state: 'OPEN',
              creationTs: expect.any(Number),
              participantsDetails: [participant],
            },
          ],
        }),
      },
    },
  ]);
});

it('tells live changes: UPSERT with CLOSE where the filter admits it, else DELETE', async () => {
  const site = await openSite();
  const jwt = await signUp(site);
  const [all, openOnly, actor] = [await connect(site, jwt), await connect(site, jwt), await connect(site, jwt)];
  await subscribe(all);
  await subscribe(openOnly, { convState: ['OPEN'] });
  const conversationId = await newConversation(actor);
  expect(await close(actor, conversationId)).toMatchObject({
    code: 200,
    type: '.ReqBody$StringResp',
    body: 'OK Conversation resolved successfully',
  });
  const gone = await openOnly.incoming((frame) => isChange(frame) && frame.body.changes[0]?.type === 'DELETE');
  expect(gone.body.changes[0].result.convId).toBe(conversationId);
  const closed = await all.incoming(
    (frame) => isChange(frame) && frame.body.changes[0]?.result.conversationDetails.state === 'CLOSE',
  );
  expect(closed.body.changes[0]).toMatchObject({
    type: 'UPSERT',
    result: { conversationDetails: { stage: 'CLOSE', endTs: expect.any(Number), dialogs: [{ state: 'CLOSE' }] } },
  });
});

it('does not tell one consumer of the conversations of another, nor after unsubscribing', async () => {
  const site = await openSite();
  const jwt = await signUp(site);
  const [mine, silent, stranger] = [await connect(site, jwt), await connect(site, jwt), await connect(site)];
  await subscribe(mine);
  const { subscriptionId } = (await subscribe(silent)).body as { subscriptionId: string };
  expect((await silent.request('cqm.UnsubscribeExConversations', { subscriptionId })).code).toBe(200);
  expect((await silent.request('cqm.UnsubscribeExConversations', { subscriptionId })).code).toBe(400);
  await newConversation(stranger);
  const own = await newConversation(mine);
  await mine.incoming((frame) => frame.body?.changes?.[0]?.result.convId === own);
  await silent.request('GetClock');
  expect(mine.received.filter(isChange)).toHaveLength(2);
  expect(silent.received.filter(isChange)).toHaveLength(1);
});

it('closes a dialog, takes TTR and CSAT, one or several fields, as an array or alone', async () => {
  const site = await openSite();
  const consumer = await connect(site);
  const conversationId = await newConversation(consumer);
  const ttr = { field: 'TTRField', ttrType: 'URGENT', value: 120 };
  const csat = { field: 'CSATRate', csatRate: 5, csatResolutionConfirmation: true, status: 'FILLED' };
  const dialog = { dialogId: conversationId, state: 'CLOSE', closedCause: 'done' };
  expect((await update(consumer, conversationId, ttr)).code).toBe(200);
  expect((await update(consumer, conversationId, { ...ttr, value: undefined })).code).toBe(400);
  expect((await update(consumer, conversationId, [{ field: 'DialogChange', type: 'UPDATE', dialog }, csat])).code).toBe(
    200,
  );
  const { changes } = (await subscribe(consumer)).body as { changes: { result: object }[] };
  expect(changes[0]?.result).toMatchObject({
    conversationDetails: {
      state: 'CLOSE',
      ttr: { ttrType: 'URGENT', value: 120 },
      csat: { csatRate: 5, status: 'FILLED' },
      dialogs: [{ closedCause: 'done' }],
    },
  });
  expect((await update(consumer, conversationId, ttr)).body).toMatchObject({ errorCode: 40_016 });
});

it('answers a second close like the first and keeps the time of the first', async () => {
  const site = await openSite();
  const consumer = await connect(site);
  const conversationId = await newConversation(consumer);
  await close(consumer, conversationId);
  const before = await subscribe(consumer);
  expect((await close(consumer, conversationId)).code).toBe(200);
  expect((await subscribe(consumer)).body.changes).toEqual(before.body.changes);
});

it('refuses unknown conversations with 400 and those of others with 403', async () => {
  const site = await openSite();
  const [owner, stranger] = [await connect(site), await connect(site)];
  const conversationId = await newConversation(owner);
  expect(await close(stranger, conversationId)).toMatchObject({ code: 403, body: { errorCode: 40_302 } });
  expect(await close(stranger, 'nowhere')).toMatchObject({ code: 400, body: { errorCode: 40_012 } });
  const read = (dialogId: string) => stranger.request('ms.SubscribeMessagingEvents', { dialogId });
  expect((await read(conversationId)).code).toBe(403);
  expect((await read('nowhere')).body).toMatchObject({ errorCode: 40_012 });
  expect((await stranger.request('ms.PublishEvent', textEvent(conversationId))).code).toBe(403);
});

it('keeps conversations and what was changed in them over a kill', async () => {
  const site = await openSite();
  const consumer = await connect(site);
  const [one] = [await newConversation(consumer), await newConversation(consumer)];
  await close(consumer, one);
  const before = site.messaging.conversations();
  expect(before).toMatchObject([{ conversationId: one, state: 'CLOSE' }, { state: 'OPEN' }]);
  expect((await reopenSite(site)).messaging.conversations()).toEqual(before);
});
