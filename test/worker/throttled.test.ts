import type { Notice } from '../../src/contract';
import { tellThrottled } from '../../src/worker/throttled';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

test('A storm of 429 is one notice at once and one more a minute later, for each account.', () => {
  const told: Notice[] = [];
  const throttled = tellThrottled({
    tell(notices) {
      told.push(...notices);
      return Promise.reject(new Error('Temporal is away'));
    },
  });
  for (let answer = 0; answer < 300; answer += 1) throttled('acme');
  throttled('other');
  expect(told.map(({ account, count }) => [account, count])).toEqual([
    ['acme', 1],
    ['other', 1],
  ]);
  jest.advanceTimersByTime(60_000);
  expect(told.slice(2)).toMatchObject([{ account: 'acme', reason: 'limitThrottled', count: 299, code: 'THROTTLED' }]);
  jest.advanceTimersByTime(120_000);
  throttled('acme');
  expect(told.at(-1)).toMatchObject({ account: 'acme', count: 1 });
});
