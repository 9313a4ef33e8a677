import { hasSystemCode, systemCode } from '../../src/lib/system-code';

test.each([
  [Object.assign(new Error('no'), { code: 'ENOENT' }), 'ENOENT'],
  [new Error('outer', { cause: { code: 'ECONNRESET' } }), 'ECONNRESET'],
  [Object.assign(new Error('outer', { cause: { code: 'ECONNRESET' } }), { code: 'EPIPE' }), 'EPIPE'],
  [{ code: 7 }, undefined],
  [new Error('plain'), undefined],
  [null, undefined],
  ['ENOENT', undefined],
])('The system code of %p is %p', (error, code) => {
  expect(systemCode(error)).toBe(code);
});

test('An error without a code has none of the codes', () => {
  expect(hasSystemCode(new Error('plain'), 'ENOENT')).toBe(false);
  expect(hasSystemCode({ code: 'ENOENT' }, 'EACCES', 'ENOENT')).toBe(true);
});
