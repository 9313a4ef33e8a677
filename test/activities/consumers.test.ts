import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ConsumerDirectory } from '../../src/activities';
import { CONSUMER_UPDATE, type ConsumerAnswer, consumerWorkflowId } from '../../src/contract';
import { fakeDeps } from './support';

function directoryWhoseWorkflow(executeUpdateWithStart: () => Promise<unknown>): ConsumerDirectory {
  const client = {
    withDeadline: (_until: number, work: () => Promise<unknown>) => work(),
    workflow: { executeUpdateWithStart },
  };
  return new ConsumerDirectory({ ...fakeDeps({}), client: () => client as unknown as Client });
}

/** A directory whose consumer workflow answers every question with this failure. */
function directoryThatHears(type: string): ConsumerDirectory {
  const cause = ApplicationFailure.create({ type, message: 'The deadline passed while the step waited.' });
  return directoryWhoseWorkflow(() => Promise.reject(new WorkflowUpdateFailedError('failed', cause)));
}

const IDENTITY = { account: 'acme', consumer: 'ann' };
const NEVER = new AbortController().signal;

test('That a step of the consumer workflow waited too long does not park the transfer that asked: it asks again.', async () => {
  await expect(directoryThatHears('DEADLINE_PASSED').conversation(IDENTITY, [], NEVER)).rejects.toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    row: { does: 'wait' },
  });
});

test('What else the consumer workflow says is told as it is.', async () => {
  await expect(directoryThatHears('CREDENTIALS_REFUSED').conversation(IDENTITY, [], NEVER)).rejects.toMatchObject({
    code: 'CREDENTIALS_REFUSED',
  });
});

test('A pause or cancel ends the wait for the consumer workflow at once, and only the wait of its own transfer.', async () => {
  const refused = new WorkflowUpdateFailedError(
    'failed',
    ApplicationFailure.create({ type: 'CREDENTIALS_REFUSED', message: 'The token service refused.' }),
  );
  let asked = 0;
  let answer: () => void = () => undefined;
  const directory = directoryWhoseWorkflow(() => {
    asked += 1;
    return new Promise((_resolve, reject) => (answer = () => reject(refused)));
  });
  const stop = new AbortController();
  const stopped = directory.conversation(IDENTITY, [], stop.signal);
  const waits = directory.conversation(IDENTITY, [], NEVER);
  stop.abort(new Error('a person paused it'));
  await expect(stopped).rejects.toThrow('a person paused it');
  answer();
  await expect(waits).rejects.toMatchObject({ code: 'CREDENTIALS_REFUSED' });
  expect(asked).toBe(1);
});

/** A directory of two consumers at most, and whom it asked what. Every answer has another token. */
function smallDirectory() {
  const deps = fakeDeps({});
  const asked: string[] = [];
  const answer = (
    update: string,
    { startWorkflowOperation: { options } }: { startWorkflowOperation: { options: { workflowId: string } } },
  ): Promise<ConsumerAnswer> => {
    const owner = options.workflowId;
    asked.push(`${update} ${owner.split('/').at(-1)}`);
    const jwt = `${owner} ${asked.length}`;
    const sealed = deps.sealer.seal({ jwt }, { purpose: 'consumer-token', account: 'acme', owner });
    const token = { sealed, consumerId: owner, expiresAt: null, fingerprint: `${asked.length}` };
    return Promise.resolve({ token, conversation: null });
  };
  const client = {
    withDeadline: (_until: number, work: () => Promise<unknown>) => work(),
    workflow: { executeUpdateWithStart: answer },
  };
  return { asked, directory: new ConsumerDirectory({ ...deps, client: () => client as unknown as Client }, 2) };
}

const of = (consumer: string) => ({ account: 'acme', consumer });

test('Of many consumers a worker remembers those that it used last, and asks again for one that it has forgotten.', async () => {
  const { asked, directory } = smallDirectory();
  for (const consumer of ['ann', 'ben', 'ann', 'cem', 'ann', 'ben']) await directory.token(of(consumer), NEVER);
  expect(asked).toEqual(['open ann', 'open ben', 'open cem', 'open ben']);
  directory.sawSequence(of('dan'), 'd1', 7);
  expect(directory.lastSequence(of('dan'), 'd1')).toBe(7);
});

test('A token that is refused after its consumer was forgotten is renewed, or the newer one is used.', async () => {
  const { asked, directory } = smallDirectory();
  const first = await directory.token(of('ann'), NEVER);
  for (const consumer of ['ben', 'cem']) await directory.token(of(consumer), NEVER);
  const newer = await directory.renew(of('ann'), first, NEVER);
  expect(newer.jwt).not.toBe(first.jwt);
  const newest = await directory.renew(of('ann'), newer, NEVER);
  expect(newest.jwt).not.toBe(newer.jwt);
  expect(asked).toEqual(['open ann', 'open ben', 'open cem', 'open ann', `${CONSUMER_UPDATE.renewToken} ann`]);
  expect(newest.consumerId).toBe(consumerWorkflowId('acme', 'ann'));
});
