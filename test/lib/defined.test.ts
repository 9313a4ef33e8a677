import { defined } from '../../src/lib/defined';

interface Options {
  readonly name: string;
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

test('Undefined fields are left out; null, false, 0 and empty text stay', () => {
  const fields = defined({ a: undefined, b: null, c: false, d: 0, e: '', f: 'x' });
  expect(Object.entries(fields)).toEqual(Object.entries({ b: null, c: false, d: 0, e: '', f: 'x' }));
  expect('a' in fields).toBe(false);
});

test('The result fits a type whose optional fields may not be undefined', () => {
  const limit = [3][Number('0')];
  const options: Options = { name: 'x', ...defined({ limit, signal: undefined as AbortSignal | undefined }) };
  const whole: Options = defined({ name: 'x', limit });
  expect([options, whole]).toEqual([
    { name: 'x', limit: 3 },
    { name: 'x', limit: 3 },
  ]);
});
