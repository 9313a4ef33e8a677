import { pause } from '../../src/lib/pause';

test('A pause ends when its signal fires, without an error, and leaves no listener', async () => {
  const aborter = new AbortController();
  const remove = jest.spyOn(aborter.signal, 'removeEventListener');
  await pause(1, aborter.signal);
  expect(remove).toHaveBeenCalledTimes(1);
  const began = performance.now();
  const long = pause(60_000, aborter.signal);
  aborter.abort(new Error('enough'));
  await long;
  await pause(60_000, aborter.signal);
  expect(performance.now() - began).toBeLessThan(5000);
});
