import { createConsumerActivities } from '../../src/activities/consumer-workflow';
import { FerryError } from '../../src/errors';
import type { ErrorCode } from '../../src/errors';
import type { ConsumerSession } from '../../src/liveperson/types';
import type { SealedToken } from '../../src/contract';
import { failureOf, fakeDeps, runAttempt } from './support';

const identity = { account: 'acme', consumer: 'ops' };

/** Signs consumers up, each as another identity; `conversations` is what a token in question is tried with. */
function signUps(conversations: () => Promise<never[]>, expiresAt: number | null = null) {
  let count = 0;
  const deps = fakeDeps({
    liveperson: {
      consumerToken: () => Promise.resolve({ jwt: `jwt-${(count += 1)}`, consumerId: `sub-${count}`, expiresAt }),
      session: () => ({ conversations }) as unknown as ConsumerSession,
    },
  });
  const { acquireToken } = createConsumerActivities(deps);
  return (previous: SealedToken | null) => runAttempt(acquireToken, { ...identity, previous });
}

const refusing = (code: ErrorCode) => () => Promise.reject(new FerryError(code, 'said by the service'));

test('A consumer keeps its identity when its token was refused once and is accepted again: a new sign-up would be another.', async () => {
  const acquire = signUps(() => Promise.resolve([]));
  const first = await acquire(null);
  expect(await acquire(first)).toEqual(first);
});

test('A consumer signs up anew when its token is refused again.', async () => {
  const acquire = signUps(refusing('TOKEN_EXPIRED'));
  expect((await acquire(await acquire(null))).consumerId).toBe('sub-2');
});

test('A consumer signs up anew without asking when its token has outlived itself.', async () => {
  const acquire = signUps(() => Promise.reject(new Error('not to be asked')), 1_000_000);
  expect((await acquire(await acquire(null))).consumerId).toBe('sub-2');
});

test('An identity is kept during an outage: the token is tested afterwards.', async () => {
  const acquire = signUps(refusing('MESSAGING_UNAVAILABLE'));
  const first = await acquire(null);
  expect((await failureOf(acquire(first))).type).toBe('MESSAGING_UNAVAILABLE');
});
