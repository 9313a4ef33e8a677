import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { ConsumerDirectory } from '../../src/activities';
import { fakeDeps } from './support';

/** A directory whose consumer workflow answers every question with this failure. */
function directoryThatHears(type: string): ConsumerDirectory {
  const cause = ApplicationFailure.create({ type, message: 'The deadline passed while the step waited.' });
  const client = {
    withDeadline: (_until: number, work: () => Promise<unknown>) => work(),
    workflow: { executeUpdateWithStart: () => Promise.reject(new WorkflowUpdateFailedError('failed', cause)) },
  };
  return new ConsumerDirectory({ ...fakeDeps({}), client: () => client as unknown as Client });
}

const IDENTITY = { account: 'acme', consumer: 'ann' };

test('That a step of the consumer workflow waited too long does not park the transfer that asked: it asks again.', async () => {
  await expect(directoryThatHears('DEADLINE_PASSED').conversation(IDENTITY, [])).rejects.toMatchObject({
    code: 'TEMPORAL_UNREACHABLE',
    row: { does: 'wait' },
  });
});

test('What else the consumer workflow says is told as it is.', async () => {
  await expect(directoryThatHears('CREDENTIALS_REFUSED').conversation(IDENTITY, [])).rejects.toMatchObject({
    code: 'CREDENTIALS_REFUSED',
  });
});
