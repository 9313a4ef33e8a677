import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { timeLimit } from '../../src/lib/time-limit';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

test('A time limit beside another signal fires, although garbage is collected meanwhile.', async () => {
  const never = new AbortController();
  const signal = timeLimit(100, never.signal);
  await new Promise(setImmediate);
  collectGarbage();
  const ended = sleep(5000, 'too late', { signal }).catch((error: Error) => error.name);
  expect(await ended).toBe('AbortError');
  expect((signal.reason as Error).name).toBe('TimeoutError');
});

test('The other signal ends it with its own reason.', () => {
  const other = new AbortController();
  const signal = timeLimit(5000, other.signal);
  other.abort(new Error('Ctrl-C'));
  expect(signal.reason).toEqual(new Error('Ctrl-C'));
});
