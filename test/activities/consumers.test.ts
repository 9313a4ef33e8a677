import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ConsumerDirectory } from '../../src/activities';
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

test('A pause or cancel ends the wait for the consumer workflow at once, and only the wait of whoever was told to stop.', async () => {
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
