import { PassThrough } from 'node:stream';
import { createLog } from '../../src/worker/index';

const SECRET = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJjYW5hcnkifQ.c2lnbmF0dXJl';

/** What the log writes when it is told these facts. */
function written(facts: object): string {
  const destination = new PassThrough();
  createLog(destination).warn(facts, 'something happened');
  return String(destination.read());
}

/** `{"in":{"in":...{"in":value}}}` */
function nested(value: unknown, depth: number): object {
  return { in: depth === 1 ? value : nested(value, depth - 1) };
}

test.each([1, 3, 7, 12])('A secret is not in the log, however deep it lies in what is logged (%i)', (depth) => {
  const line = written(nested(`jwt ${SECRET}`, depth));
  expect(line).toContain('something happened');
  expect(line).not.toContain('eyJ');
});

test('A secret in the message or the stack of an error is not in the log', () => {
  expect(written({ err: new Error(`refused ${SECRET}`) })).not.toContain('eyJ');
});

test('What refers to itself can be logged', () => {
  const round: Record<string, unknown> = {};
  round['self'] = round;
  expect(JSON.parse(written({ round }))).toMatchObject({ msg: 'something happened' });
});
