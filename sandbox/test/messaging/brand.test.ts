import { WebSocket } from 'ws';

import {
  closeConsumers,
  connect,
  enableFileSharing,
  fileEvent,
  logIn,
  newConversation,
  openSocket,
  refusedStatus,
  signUp,
  textEvent,
  uploaded,
  type Consumer,
} from './support/consumer';
import { ACCOUNT, closeSites, openSite, reopenSite, type Site } from './support/site';

const OPS = { pid: '5f0c1d7e-0c5b-4c69-9d0a-0a5e1f3b0501', legacyId: `${ACCOUNT}.501` };

afterEach(async () => {
  closeConsumers();
  await closeSites();
});

const brandUrl = (site: Site, bearer: string, version = '2.1', account = ACCOUNT): string =>
  `ws://${site.host}/ws_api/account/${account}/messaging/brand/${bearer}?v=${version}`;

async function agentOf(site: Site): Promise<Consumer> {
  return openSocket(brandUrl(site, await logIn(site)));
}

async function join(agent: Consumer, conversationId: string, field: object = {}): Promise<number | undefined> {
  const change = { field: 'ParticipantsChange', type: 'ADD', role: 'MANAGER', userId: OPS.legacyId, ...field };
  const body = { conversationId, conversationField: [change] };
  return (await agent.request('.ams.cm.UpdateConversationField', body)).code;
}

describe("the brand's socket", () => {
  it('opens with the bearer of a login alone, in version 2 and 2.1, and keeps it out of the journal', async () => {
    const site = await openSite();
    const bearer = await logIn(site);
    expect((await openSocket(brandUrl(site, bearer))).ws.readyState).toBe(WebSocket.OPEN);
    expect((await openSocket(brandUrl(site, bearer, '2'))).ws.readyState).toBe(WebSocket.OPEN);
    expect(await refusedStatus(brandUrl(site, bearer, '3'))).toBe(404);
    expect(await refusedStatus(brandUrl(site, 'f'.repeat(64)))).toBe(401);
    expect(await refusedStatus(brandUrl(site, ''))).toBe(401);
    expect(await refusedStatus(brandUrl(site, await signUp(site)))).toBe(401);
    expect(await refusedStatus(brandUrl(site, bearer, '2.1', '1'))).toBe(401);
    expect(site.requests.map(({ path }) => path)).toContain(`/ws_api/account/${ACCOUNT}/messaging/brand`);
    expect(JSON.stringify(site.requests)).not.toContain(bearer);
  });

  it('shows the conversations of all consumers in the older form, and changes as they come', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    const conversationId = await newConversation(consumer);
    const agent = await agentOf(site);
    const subscribed = await agent.request('.ams.aam.SubscribeExConversations', { convState: ['OPEN'] });
    expect(subscribed).toMatchObject({ code: 200, type: '.ams.aam.SubscribeExConversations$Response' });
    const isChange = ({ type }: { type: string }) => type === '.ams.aam.ExConversationChangeNotification';
    const first = await agent.incoming(isChange);
    const [change] = first.body.changes;
    expect(change).toMatchObject({ type: 'UPSERT', result: { convId: conversationId } });
    const sub = change.result.conversationDetails.participantsPId.CONSUMER[0];
    expect(change.result.conversationDetails).toMatchObject({
      convId: conversationId,
      participants: { CONSUMER: [sub] },
      dialogs: [{ dialogId: conversationId, participantsDetails: [{ id: sub, role: 'CONSUMER', state: 'ACTIVE' }] }],
    });

    expect(await join(agent, conversationId)).toBe(200);
    const joined = await agent.incoming((frame) => isChange(frame) && frame !== first);
    expect(joined.body.changes[0].result.conversationDetails).toMatchObject({
      participants: { CONSUMER: [sub], MANAGER: [OPS.legacyId] },
      participantsPId: { CONSUMER: [sub], MANAGER: [OPS.pid] },
    });
    await join(agent, conversationId);
    await join(agent, conversationId, { type: 'REMOVE' });
    const left = await agent.incoming((frame) => isChange(frame) && ![first, joined].includes(frame));
    expect(left.body.changes[0].result.conversationDetails.participantsPId).toEqual({ CONSUMER: [sub] });
  });

  it('lets an agent join for itself alone, and speak only where it takes part', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    const conversationId = await newConversation(consumer);
    const agent = await agentOf(site);
    const speak = async () => (await agent.request('.ams.ms.PublishEvent', textEvent(conversationId))).code;
    expect(await speak()).toBe(403);
    expect(await join(agent, conversationId, { userId: `${ACCOUNT}.502` })).toBe(400);
    expect(await join(agent, conversationId, { role: 'CONSUMER' })).toBe(400);
    expect(await join(agent, conversationId, { type: 'UPDATE' })).toBe(400);
    expect(await join(agent, 'no such conversation')).toBe(400);
    expect(await speak()).toBe(403);
    expect(await join(agent, conversationId)).toBe(200);
    expect(await speak()).toBe(200);
    expect(site.messaging.messages()).toHaveLength(1);
  });

  it('carries files both ways, each with its own rights', async () => {
    const site = await openSite();
    await enableFileSharing(site);
    const consumer = await connect(site);
    const conversationId = await newConversation(consumer);
    const relativePath = await uploaded(site, consumer);
    await consumer.request('ms.PublishEvent', fileEvent(conversationId, relativePath));
    const agent = await agentOf(site);
    const download = async () => agent.request('.ams.ms.GenerateURLForDownloadFile', { relativePath });
    expect((await download()).code).toBe(403);
    await join(agent, conversationId);
    expect(await download()).toMatchObject({ code: 200, type: '.ams.ms.BaseGenerateURL$Response' });

    const wish = { fileSize: 7, fileType: 'PNG' };
    const link = await agent.request('.ams.ms.GenerateURLForUploadFile', wish);
    const own = link.body.relativePath as string;
    expect(own).toContain(OPS.pid);
    site.objects.set(own, 7);
    await consumer.request('ms.SubscribeMessagingEvents', { dialogId: conversationId });
    expect(await agent.request('.ams.ms.PublishEvent', fileEvent(conversationId, relativePath))).toMatchObject({
      code: 403,
    });
    expect(await agent.request('.ams.ms.PublishEvent', fileEvent(conversationId, own))).toMatchObject({
      code: 200,
      body: { sequence: 1 },
    });
    const seen = await consumer.incoming(({ body }) => JSON.stringify(body ?? null).includes(own));
    expect(seen.body.changes[0]).toMatchObject({
      originatorId: OPS.pid,
      originatorMetadata: { id: OPS.pid, role: 'MANAGER' },
    });
    const live = await agent.incoming(({ type }) => type === '.ams.ms.OnlineEventDistribution');
    expect(live.body).toMatchObject({ originatorId: OPS.legacyId, originatorPId: OPS.pid, sequence: 1 });
    expect((await consumer.request('ms.GenerateURLForDownloadFile', { relativePath: own })).code).toBe(200);
  });

  it('gives the history as an answer: whole from 0, else what is newer', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    const dialogId = await newConversation(consumer);
    for (const text of ['a', 'b', 'c']) await consumer.request('ms.PublishEvent', textEvent(dialogId, text));
    const agent = await agentOf(site);
    const sequences = async (newerThanSequence: number) => {
      const answer = await agent.request('.ams.ms.QueryMessages', { dialogId, newerThanSequence });
      return (answer.body as { sequence: number }[]).map(({ sequence }) => sequence);
    };
    expect([await sequences(0), await sequences(1)]).toEqual([[0, 1, 2], [2]]);
    expect((await agent.request('.ams.ms.QueryMessages', { dialogId: 'x' })).code).toBe(400);
    expect((await agent.request('.ams.routing.SubscribeRoutingTasks', {})).code).toBe(400);
  });

  it('may close a conversation; who took part and who closed it is there after a kill', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    const conversationId = await newConversation(consumer);
    const agent = await agentOf(site);
    await join(agent, conversationId);
    const close = { field: 'ConversationStateField', conversationState: 'CLOSE' };
    await agent.request('.ams.cm.UpdateConversationField', { conversationId, conversationField: [close] });
    expect((await consumer.request('ms.PublishEvent', textEvent(conversationId))).code).toBe(400);

    const again = await reopenSite(site);
    const later = await agentOf(again);
    await later.request('.ams.aam.SubscribeExConversations', { convState: ['CLOSE'], agentIds: [OPS.legacyId] });
    const { body } = await later.incoming(({ type }) => type === '.ams.aam.ExConversationChangeNotification');
    expect(body.changes[0].result.conversationDetails).toMatchObject({
      state: 'CLOSE',
      closeReason: 'AGENT',
      participantsPId: { MANAGER: [OPS.pid] },
      dialogs: [{ closedCause: 'Closed by agent' }],
    });
  });
});
