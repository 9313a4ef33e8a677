import { WithStartWorkflowOperation, WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure, type Workflow } from '@temporalio/common';
import {
  CONSUMER_UPDATE,
  type ConsumerAnswer,
  type ConsumerOpenRequest,
  consumerWorkflowId,
  type LookAnswer,
  type LookRequest,
  type RenewTokenRequest,
  type ResealAnswer,
  type ResealRequest,
  type ResealTokenInput,
  SEAL_KEY_QUERY,
  SHARED_QUEUE,
  WORKFLOW,
} from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { openStage, type Stage } from './stand-ins';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage();
});
afterAll(() => stage.close());

function ask(
  client: Client,
  consumer: string,
  update: string,
  request: ConsumerOpenRequest | RenewTokenRequest,
): Promise<ConsumerAnswer> {
  return client.workflow.executeUpdateWithStart<Workflow, ConsumerAnswer, [object]>(update, {
    args: [request],
    startWorkflowOperation: new WithStartWorkflowOperation<Workflow>(WORKFLOW.consumer, {
      workflowId: consumerWorkflowId('acme', consumer),
      taskQueue: SHARED_QUEUE,
      args: [{ account: 'acme', consumer, token: null, conversation: null }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
  });
}

function counting() {
  let tokens = 0;
  let conversations = 0;
  return {
    acquireToken: jest.fn(() => {
      tokens += 1;
      return Promise.resolve({ sealed: `s${tokens}`, consumerId: 'sub', expiresAt: null, fingerprint: `t${tokens}` });
    }),
    ensureConversation: jest.fn(() => {
      conversations += 1;
      return Promise.resolve({ conversationId: `c${conversations}`, dialogId: `c${conversations}` });
    }),
  };
}

const open: ConsumerOpenRequest = { closed: [], needConversation: true };

test('Many who open at once for a new consumer get one identity and one conversation.', async () => {
  const activities = counting();
  await stage.play(activities, async (client) => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => ask(client, 'many', CONSUMER_UPDATE.open, open)));
    expect(new Set(answers.map(({ conversation }) => conversation!.conversationId))).toEqual(new Set(['c1']));
    expect(activities.acquireToken).toHaveBeenCalledTimes(1);
    expect(activities.ensureConversation).toHaveBeenCalledTimes(1);
  });
});

test('A refused token is renewed once for all callers.', async () => {
  const activities = counting();
  await stage.play(activities, async (client) => {
    await ask(client, 'renewing', CONSUMER_UPDATE.open, open);
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => ask(client, 'renewing', CONSUMER_UPDATE.renewToken, { refused: 't1' })),
    );
    expect(answers.map(({ token }) => token.fingerprint)).toEqual(['t2', 't2', 't2', 't2', 't2']);
    expect(answers[0]!.conversation).toEqual({ conversationId: 'c1', dialogId: 'c1' });
  });
});

test('A conversation known to be closed is forgotten and another one opened.', async () => {
  await stage.play(counting(), async (client) => {
    await ask(client, 'closing', CONSUMER_UPDATE.open, open);
    const again = await ask(client, 'closing', CONSUMER_UPDATE.open, { closed: ['c1'], needConversation: true });
    expect(again.conversation!.conversationId).toBe('c2');
  });
});

test('A failure is told to who asked, with its code, and the next one who asks starts afresh.', async () => {
  const activities = counting();
  activities.acquireToken.mockRejectedValueOnce(
    ApplicationFailure.create({ type: 'CREDENTIALS_REFUSED', message: 'no', nonRetryable: true }),
  );
  await stage.play(activities, async (client) => {
    const refused: unknown = await ask(client, 'failing', CONSUMER_UPDATE.open, open).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    expect((refused as WorkflowUpdateFailedError).cause).toMatchObject({ type: 'CREDENTIALS_REFUSED', message: 'no' });
    await expect(ask(client, 'failing', CONSUMER_UPDATE.open, open)).resolves.toMatchObject({
      token: { fingerprint: 't1' },
    });
  });
});

test('Whether a conversation is open is looked up with the token there is; none is made for a look.', async () => {
  const lookAtConversation = jest.fn(() => Promise.resolve({ open: false }));
  const activities = { ...counting(), lookAtConversation };
  const look = async (client: Client, consumer: string) =>
    client.workflow.executeUpdateWithStart<Workflow, LookAnswer, [LookRequest]>(CONSUMER_UPDATE.look, {
      args: [{ conversationId: 'c1' }],
      startWorkflowOperation: new WithStartWorkflowOperation<Workflow>(WORKFLOW.consumer, {
        workflowId: consumerWorkflowId('acme', consumer),
        taskQueue: SHARED_QUEUE,
        args: [{ account: 'acme', consumer, token: null, conversation: null }],
        workflowIdConflictPolicy: 'USE_EXISTING',
      }),
    });
  await stage.play(activities, async (client) => {
    expect(await look(client, 'looked')).toEqual({ open: null });
    expect(activities.acquireToken).not.toHaveBeenCalled();
    await ask(client, 'looked', CONSUMER_UPDATE.open, open);
    expect(await look(client, 'looked')).toEqual({ open: false });
    expect(lookAtConversation).toHaveBeenCalledWith(expect.objectContaining({ conversationId: 'c1' }));
  });
});

test('A token that is sealed with an older key is sealed anew, once, and the workflow begins a new run with it.', async () => {
  const resealToken = jest.fn(({ token }: ResealTokenInput) => Promise.resolve({ ...token, sealed: 'f1.newest.t' }));
  await stage.play({ ...counting(), resealToken }, async (client) => {
    const first = await ask(client, 'resealed', CONSUMER_UPDATE.open, open);
    const handle = client.workflow.getHandle(consumerWorkflowId('acme', 'resealed'));
    const { runId } = await handle.describe();
    const reseal = () =>
      handle.executeUpdate<ResealAnswer, [ResealRequest]>(CONSUMER_UPDATE.reseal, { args: [{ sealKey: 'newest' }] });
    expect(await reseal()).toEqual({ resealed: true });
    await waitFor(async () => ((await handle.describe()).runId === runId ? undefined : true));
    expect(await ask(client, 'resealed', CONSUMER_UPDATE.open, open)).toEqual({
      ...first,
      token: { ...first.token, sealed: 'f1.newest.t' },
    });
    expect(await reseal()).toEqual({ resealed: true });
    expect(resealToken).toHaveBeenCalledTimes(1);
    expect(await handle.query(SEAL_KEY_QUERY)).toEqual({ keyId: 'newest' });
  });
});

test('A token that another worker seals with its own key is said not to be sealed with the newest.', async () => {
  const resealToken = ({ token }: ResealTokenInput) => Promise.resolve({ ...token, sealed: 'f1.older.t' });
  await stage.play({ ...counting(), resealToken }, async (client) => {
    await ask(client, 'rolling', CONSUMER_UPDATE.open, open);
    const handle = client.workflow.getHandle(consumerWorkflowId('acme', 'rolling'));
    const args: [ResealRequest] = [{ sealKey: 'newest' }];
    expect(await handle.executeUpdate(CONSUMER_UPDATE.reseal, { args })).toEqual({ resealed: false });
  });
});
