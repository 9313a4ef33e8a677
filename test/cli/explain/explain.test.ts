import { run } from '../../../src/cli/program/run';
import { ERROR_CODES } from '../../../src/errors';
import { documents, fakeIo } from '../support/fake-io';

test('The remedy for a line of a job is told where a retry of the job does not help.', async () => {
  const io = fakeIo();
  expect(await run(['explain', 'source-changed'], io)).toBe(0);
  expect(io.out()).toContain('In a job: Wait until nobody writes to the file, and start the job again');
});

test('Without a code, ferry explain lists every code, for people and for scripts.', async () => {
  const io = fakeIo();
  expect(await run(['explain'], io)).toBe(0);
  const listed = io.out().match(/^[A-Z_]+(?= )/gm);
  expect(listed).toEqual(['CODE', ...ERROR_CODES]);
  const json = fakeIo();
  expect(await run(['explain', '--json'], json)).toBe(0);
  expect(documents(json).map(({ code }) => code)).toEqual([...ERROR_CODES]);
  expect(documents(json)[0]).toEqual({
    type: 'status',
    v: 1,
    code: ERROR_CODES[0],
    meaning: expect.stringMatching(/\.$/),
    does: expect.any(String),
    remedy: expect.stringMatching(/\.$/),
  });
});
