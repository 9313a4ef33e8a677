import { WorkflowUpdateFailedError, type Client } from '@temporalio/client';
import type { ApplicationFailure } from '@temporalio/common';
import { ConsumerDirectory, createSharedActivities, type ActivityDeps } from '../../src/activities';
import { createConsumerActivities } from '../../src/activities/consumer-workflow';
import { FerryError } from '../../src/errors';
import type { ConsumerSession, ConsumerToken } from '../../src/liveperson/types';
import { CONSUMER_UPDATE, type SealedToken } from '../../src/contract';
import { fakeDeps, runAttempt } from './support';

const identity = { account: 'acme', consumer: 'ops' };
const input = { ...identity, transferId: 'acme-plan-1', sizeBytes: 5, fileType: 'JPG' };
const query = { temp_url_sig: 'sig', temp_url_expires: '4102444800' };

afterEach(() => jest.restoreAllMocks());

/** A worker whose consumer's token is `t1` and refused by now; each further one that it asks for is another. */
function workerWithAnOldToken() {
  let tokens = 0;
  const session = ({ jwt }: ConsumerToken) => ({
    requestUploadUrl: () =>
      jwt === 't1'
        ? Promise.reject(new FerryError('TOKEN_EXPIRED', 'expired'))
        : Promise.resolve({ relativePath: '/v1/AUTH_a/c/x', queryParams: query }),
  });
  const parts = fakeDeps({
    liveperson: {
      serviceUrl: () => Promise.resolve('http://127.0.0.1:1'),
      consumerToken: () => Promise.resolve({ jwt: `t${(tokens += 1)}`, consumerId: 'sub', expiresAt: null }),
      session: (_, token) => session(token) as unknown as ConsumerSession,
    },
  });
  const deps: ActivityDeps = {
    ...parts,
    consumers: new ConsumerDirectory({ ...parts, client: () => client }),
  };
  const client = consumerWorkflowWith(createConsumerActivities(deps).acquireToken);
  return { deps, requestUploadUrl: createSharedActivities(deps).requestUploadUrl };
}

/** What the consumer's workflow does with an update, without a Temporal. */
function consumerWorkflowWith(acquire: (given: typeof identity & { previous: null }) => Promise<SealedToken>): Client {
  let token: SealedToken | null = null;
  const answer = async (update: string): Promise<unknown> => {
    try {
      if (token === null || update === CONSUMER_UPDATE.renewToken) {
        token = await runAttempt(acquire, { ...identity, previous: null });
      }
      return { token, conversation: null };
    } catch (error) {
      throw new WorkflowUpdateFailedError('failed', error as ApplicationFailure);
    }
  };
  const client = {
    withDeadline: (_: number, work: () => unknown) => work(),
    workflow: { executeUpdateWithStart: answer },
  };
  return client as unknown as Client;
}

test('After an outage that a token did not outlive, the first try renews the token and ends the outage.', async () => {
  const { deps, requestUploadUrl } = workerWithAnOldToken();
  await deps.consumers.token(identity, new AbortController().signal);
  for (let failures = 0; failures < 5; failures += 1) {
    await deps.pacer
      .run({ group: 'acme', name: 'messaging' }, () => Promise.reject(new FerryError('MESSAGING_UNAVAILABLE', 'away')))
      .catch(() => undefined);
  }
  const later = performance.now() + 60_000;
  jest.spyOn(performance, 'now').mockReturnValue(later);
  await expect(runAttempt(requestUploadUrl, input)).resolves.toMatchObject({ relativePath: '/v1/AUTH_a/c/x' });
});
