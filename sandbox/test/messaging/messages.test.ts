import {
  closeConsumers,
  connect,
  enableFileSharing,
  fileEvent,
  newConversation,
  signUp,
  textEvent,
  uploaded,
  type Consumer,
  type Incoming,
} from './support/consumer';
import {
  ACCOUNT,
  closeSites,
  isGoodSignature,
  openSite,
  reopenSite,
  type Site,
  type SiteOptions,
} from './support/site';

afterEach(async () => {
  closeConsumers();
  await closeSites();
});

interface Scene {
  readonly site: Site;
  readonly jwt: string;
  readonly consumer: Consumer;
  readonly dialogId: string;
}

/** A consumer with an open conversation on a site with file sharing on. */
async function scene(options?: SiteOptions): Promise<Scene> {
  const site = await openSite(options);
  await enableFileSharing(site);
  const jwt = await signUp(site);
  const consumer = await connect(site, jwt);
  return { site, jwt, consumer, dialogId: await newConversation(consumer) };
}

const isEvent = ({ type }: Incoming) => type === 'ms.MessagingEventNotification';
const upload = (consumer: Consumer, fileSize: unknown, fileType: unknown) =>
  consumer.request('ms.GenerateURLForUploadFile', { fileSize, fileType });
const download = (consumer: Consumer, relativePath: string) =>
  consumer.request('ms.GenerateURLForDownloadFile', { relativePath });
const publish = (consumer: Consumer, body: object, more?: object) => consumer.request('ms.PublishEvent', body, more);

function sequencesOf(consumer: Consumer): number[] {
  return consumer.received
    .filter(isEvent)
    .flatMap(({ body }) => body.changes.map((one: { sequence: number }) => one.sequence));
}

describe('a site property that was changed', () => {
  const isRefused = async (consumer: Consumer) => {
    const { body } = await upload(consumer, 10, 'PNG');
    return body.errorCode === 40_301;
  };
  const delay = { behaviour: { propertyDelayMs: 60_000 } };

  it('reaches the messaging side after the delay, also over a restart', async () => {
    const { site, jwt, consumer } = await scene(delay);
    expect(await isRefused(consumer)).toBe(true);
    const after = await reopenSite(site, delay);
    expect(await isRefused(await connect(after, jwt))).toBe(true);
    const later = await reopenSite(after, { behaviour: { propertyDelayMs: 1 } });
    expect(await isRefused(await connect(later, jwt))).toBe(false);
  });

  it('does not start again when the same is written again', async () => {
    const { site, jwt } = await scene();
    const later = await reopenSite(site, { behaviour: { propertyDelayMs: 1 } });
    await enableFileSharing(later);
    expect(await isRefused(await connect(later, jwt))).toBe(false);
  });
});

describe('upload URLs', () => {
  it('come with a new path of the captured form and a signature for PUT, for sizes as number or string', async () => {
    const { consumer } = await scene();
    const [one, two] = [await upload(consumer, 4821, 'PNG'), await upload(consumer, '4821', 'PNG')];
    expect(one).toMatchObject({ code: 200, type: 'ms.GenerateURLResponse' });
    const { relativePath, queryParams } = one.body as { relativePath: string; queryParams: Record<string, string> };
    expect(relativePath).toMatch(
      new RegExp(
        `^/v1/AUTH_async-images/${ACCOUNT}/[\\w-]+_uuid_[\\w-]{36}_\\d\\d-\\d\\d-\\d{4}_\\d\\d-\\d\\d-\\d\\d-\\d{3}\\.PNG$`,
      ),
    );
    expect(Object.keys(queryParams).sort()).toEqual(['temp_url_expires', 'temp_url_sig']);
    expect(isGoodSignature('PUT', relativePath, queryParams)).toBe(true);
    expect(two.body.relativePath).not.toBe(relativePath);
  });

  it('are refused with 403 while file sharing is off, and given as soon as it is on', async () => {
    const site = await openSite();
    const consumer = await connect(site);
    expect(await upload(consumer, 10, 'PNG')).toMatchObject({
      code: 403,
      type: '.ReqBody$ErrorResp',
      body: { errorCode: 40_301, title: expect.any(String), details: expect.any(String) },
    });
    await enableFileSharing(site, true);
    expect((await upload(consumer, 10, 'PNG')).code).toBe(200);
    await enableFileSharing(site, 'false');
    expect((await upload(consumer, 10, 'PNG')).code).toBe(403);
  });

  it.each([
    ['an unsupported type', 10, 'EXE', 40_010],
    ['a type in lower case', 10, 'png', 40_010],
    ['one byte too many', 3_145_729, 'PNG', 40_011],
    ['no size', undefined, 'PNG', 40_001],
    ['an empty file', 0, 'PNG', 40_001],
    ['a size that is not a number', '1e3', 'PNG', 40_001],
    ['no type', 10, undefined, 40_001],
  ])('are refused with 400 for %s', async (_what, fileSize, fileType, errorCode) => {
    const { consumer } = await scene();
    expect(await upload(consumer, fileSize, fileType)).toMatchObject({ code: 400, body: { errorCode } });
  });

  it('are given for the largest size, for documents where the account takes them, and by the other type name', async () => {
    const { consumer } = await scene({ types: ['PDF'], behaviour: { urlAnswerType: 'ms.BaseGenerateURLResponse' } });
    const answer = await upload(consumer, 3_145_728, 'PDF');
    expect(answer).toMatchObject({ code: 200, type: 'ms.BaseGenerateURLResponse' });
    expect((await upload(consumer, 1, 'PNG')).code).toBe(400);
  });
});

describe('publishing', () => {
  it('makes a file message whose notification carries what was sent, and lists it', async () => {
    const { site, consumer, dialogId } = await scene();
    const relativePath = await uploaded(site, consumer);
    await consumer.request('ms.SubscribeMessagingEvents', { dialogId, fromSeq: 0 });
    const metadata = [{ type: 'ExternalId', id: 'transfer-1' }];
    const answer = await publish(consumer, fileEvent(dialogId, relativePath), { metadata });
    expect(answer).toMatchObject({ code: 200, type: 'ms.PublishEventResponse', body: { sequence: 0 } });

    const { body } = await consumer.incoming(isEvent);
    const originatorId = (site.messaging.conversations()[0] as { consumerId: string }).consumerId;
    expect(body.changes).toEqual([
      {
        sequence: 0,
        originatorId,
        originatorMetadata: {
          id: originatorId,
          role: 'CONSUMER',
          clientProperties: { type: '.ClientProperties', ipAddress: '127.0.0.1' },
        },
        serverTimestamp: expect.any(Number),
        event: (fileEvent(dialogId, relativePath) as { event: object }).event,
        conversationId: dialogId,
        dialogId,
        metadata,
      },
    ]);
    const file = { relativePath, fileType: 'PNG', caption: 'site plan' };
    expect(site.messaging.messages()).toEqual([
      { conversationId: dialogId, dialogId, sequence: 0, originatorId, contentType: 'hosted/file', ...file },
    ]);
  });

  it('never takes two publishes for one: the same event with the same id is two messages', async () => {
    const { site, consumer, dialogId } = await scene();
    const relativePath = await uploaded(site, consumer);
    const frame = JSON.stringify({ id: 'same', type: 'ms.PublishEvent', body: fileEvent(dialogId, relativePath) });
    consumer.ws.send(frame);
    consumer.ws.send(frame);
    await consumer.request('GetClock');
    expect(site.messaging.messages()).toHaveLength(2);
  });

  it('shares one sequence between texts, files and receipts; chat states take none', async () => {
    const { site, consumer, dialogId } = await scene();
    await consumer.request('ms.SubscribeMessagingEvents', { dialogId });
    const event = (value: object) => publish(consumer, { dialogId, event: value });
    const answers = [
      await publish(consumer, textEvent(dialogId)),
      await event({ type: 'AcceptStatusEvent', status: 'READ', sequenceList: 0 }),
      await event({ type: 'ChatStateEvent', chatState: 'COMPOSING' }),
      await publish(consumer, textEvent(dialogId)),
    ];
    expect(answers.map(({ body }) => body.sequence)).toEqual([0, 1, 0, 2]);
    await consumer.incoming((frame) => isEvent(frame) && frame.body.changes[0].sequence === 2);
    expect(sequencesOf(consumer)).toEqual([0, 1, undefined, 2]);
    const chatState = consumer.received.filter(isEvent)[2]?.body.changes[0] as object;
    expect(chatState).not.toHaveProperty('serverTimestamp');
    expect(site.messaging.messages()).toHaveLength(2);
  });

  it('gives sequences without gaps or repeats when many sockets publish at once', async () => {
    const { site, jwt, dialogId } = await scene();
    const sockets = await Promise.all(Array.from({ length: 5 }, () => connect(site, jwt)));
    const answers = await Promise.all(
      sockets.flatMap((socket) => Array.from({ length: 10 }, () => publish(socket, textEvent(dialogId)))),
    );
    const sequences = answers.map(({ body }) => body.sequence as number).sort((one, two) => one - two);
    expect(sequences).toEqual(Array.from({ length: 50 }, (_, index) => index));
  });

  it('refuses a file that was never uploaded, has another size, or comes from no upload URL', async () => {
    const { site, consumer, dialogId } = await scene();
    const missing = (await upload(consumer, 10, 'PNG')).body.relativePath as string;
    const other = await uploaded(site, consumer, 10);
    site.objects.set(other, 9);
    const refused = async (path: string) =>
      (await publish(consumer, fileEvent(dialogId, path))).body.errorCode as number;
    expect(await refused(missing)).toBe(40_014);
    expect(await refused(other)).toBe(40_015);
    expect(await refused('/v1/AUTH_async-images/12345678/none.PNG')).toBe(40_017);
    expect(site.messaging.messages()).toEqual([]);
  });

  it('can be told not to look at the stored object', async () => {
    const { consumer, dialogId } = await scene({ behaviour: { checkPublishedObject: false } });
    const { relativePath } = (await upload(consumer, 10, 'PNG')).body as { relativePath: string };
    expect((await publish(consumer, fileEvent(dialogId, relativePath))).code).toBe(200);
  });

  it("refuses another consumer's file, an over-sized preview, and events that it does not know", async () => {
    const { site, consumer, dialogId } = await scene();
    const foreign = await uploaded(site, await connect(site));
    const own = await uploaded(site, consumer);
    const preview = `data:image/png;base64,${'A'.repeat(31_000)}`;
    const codes = [];
    for (const body of [
      fileEvent(dialogId, foreign),
      fileEvent(dialogId, own, { preview }),
      fileEvent(dialogId, own, { fileType: 'EXE' }),
      fileEvent(dialogId, own, { fileType: undefined }),
      { ...fileEvent(dialogId, own), conversationId: 'other' },
      { dialogId },
      { dialogId, event: { type: 'ContentEvent', contentType: 'text/plain' } },
      { dialogId, event: { type: 'ContentEvent', contentType: 'text/html', message: '' } },
      { dialogId, event: { type: 'ChatStateEvent', chatState: 'SLEEPING' } },
      { dialogId, event: { type: 'AcceptStatusEvent', status: 'READ' } },
      { dialogId, event: { type: 'NoEvent' } },
    ]) {
      codes.push((await publish(consumer, body)).code);
    }
    expect(codes).toEqual([403, ...Array.from({ length: 10 }, () => 400)]);
    expect(site.messaging.messages()).toEqual([]);
  });

  it('refuses to publish on a closed dialog, while URLs are still given', async () => {
    const { site, consumer, dialogId } = await scene();
    const relativePath = await uploaded(site, consumer);
    await publish(consumer, fileEvent(dialogId, relativePath));
    const conversationField = { field: 'ConversationStateField', conversationState: 'CLOSE' };
    await consumer.request('cm.UpdateConversationField', { conversationId: dialogId, conversationField });
    expect(await publish(consumer, fileEvent(dialogId, relativePath))).toMatchObject({
      code: 400,
      body: { errorCode: 40_016 },
    });
    expect((await upload(consumer, 10, 'PNG')).code).toBe(200);
    expect((await download(consumer, relativePath)).code).toBe(200);
    expect(site.messaging.messages()).toHaveLength(1);
  });
});

describe('download URLs', () => {
  it('are signed for GET, for the uploader before and for the participant after publishing, and for nobody else', async () => {
    const { site, consumer, dialogId } = await scene();
    const stranger = await connect(site);
    const relativePath = await uploaded(site, consumer);
    const answer = await download(consumer, relativePath);
    expect(answer).toMatchObject({ code: 200, body: { relativePath } });
    const { queryParams } = answer.body as { queryParams: Record<string, string> };
    expect(isGoodSignature('GET', relativePath, queryParams)).toBe(true);
    await publish(consumer, fileEvent(dialogId, relativePath));
    expect((await download(consumer, relativePath)).code).toBe(200);
    expect(await download(stranger, relativePath)).toMatchObject({ code: 403, body: { errorCode: 40_302 } });
    expect((await download(consumer, '/v1/AUTH_async-images/12345678/none.PNG')).code).toBe(403);
  });
});

describe('reading a dialog', () => {
  it('sends history from fromSeq on, inclusive, after the answer, then live events once', async () => {
    const { site, jwt, consumer, dialogId } = await scene();
    for (let count = 0; count < 4; count += 1) await publish(consumer, textEvent(dialogId, `text ${count}`));
    const reader = await connect(site, jwt);
    expect(await reader.request('ms.SubscribeMessagingEvents', { dialogId, fromSeq: 2 })).toMatchObject({
      code: 200,
      type: 'GenericSubscribeResponse',
    });
    await publish(consumer, textEvent(dialogId, 'live'));
    await reader.incoming((frame) => isEvent(frame) && frame.body.changes[0].sequence === 4);
    expect(reader.received.map(({ kind }) => kind)).toEqual(['resp', 'notification', 'notification']);
    expect(sequencesOf(reader)).toEqual([2, 3, 4]);
  });

  it('misses nothing and tells nothing twice when a subscription meets a burst of publishes', async () => {
    const { site, jwt, consumer, dialogId } = await scene();
    const reader = await connect(site, jwt);
    const writes = Array.from({ length: 120 }, () => publish(consumer, textEvent(dialogId)));
    await writes[40];
    await reader.request('ms.SubscribeMessagingEvents', { dialogId, fromSeq: 0 });
    await Promise.all(writes);
    await reader.incoming((frame) => isEvent(frame) && frame.body.changes.at(-1).sequence === 119);
    expect(sequencesOf(reader)).toEqual(Array.from({ length: 120 }, (_, index) => index));
  });

  it('can send a single element where an array of one would stand', async () => {
    const { consumer, dialogId } = await scene({ behaviour: { singleElements: true } });
    await publish(consumer, textEvent(dialogId));
    await consumer.request('ms.SubscribeMessagingEvents', { dialogId });
    expect((await consumer.incoming(isEvent)).body).toMatchObject({ changes: { sequence: 0 } });
  });
});

it('goes on after a kill where it was: messages, sequence, declared sizes and who may download', async () => {
  const { site, jwt, consumer, dialogId } = await scene();
  const [sent, unsent] = [await uploaded(site, consumer), await uploaded(site, consumer)];
  await publish(consumer, textEvent(dialogId));
  await publish(consumer, fileEvent(dialogId, sent));

  const next = await reopenSite(site);
  expect(next.messaging.messages()).toEqual(site.messaging.messages());
  const again = await connect(next, jwt);
  expect((await publish(again, fileEvent(dialogId, unsent))).body).toEqual({ sequence: 2 });
  next.objects.set(sent, 1);
  expect((await publish(again, fileEvent(dialogId, sent))).body).toMatchObject({ errorCode: 40_015 });
  expect((await download(again, sent)).code).toBe(200);
  await again.request('ms.SubscribeMessagingEvents', { dialogId });
  await again.incoming(isEvent);
  expect(sequencesOf(again)).toEqual([0, 1, 2]);
});

it('takes a user profile', async () => {
  const { consumer } = await scene();
  const authenticatedData = { lp_sdes: [{ type: 'personal', personal: { firstname: 'Ada' } }] };
  expect((await consumer.request('userprofile.SetUserProfile', { authenticatedData })).code).toBe(200);
});
