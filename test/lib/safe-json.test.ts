import * as fc from 'fast-check';
import { safeJson } from '../../src/lib/safe-json';

test('nothing in the JSON steers a terminal, and what reads it finds the same text', () => {
  const hostile = 'a\u009b2Jb\u202egpj.exe\u2066c\u2028d\u0085e\u200f';
  expect(safeJson({ source: hostile })).toBe(
    String.raw`{"source":"a\u009b2Jb\u202egpj.exe\u2066c\u2028d\u0085e\u200f"}`,
  );
  expect(JSON.parse(safeJson({ [hostile]: hostile }))).toEqual({ [hostile]: hostile });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(JSON.parse(safeJson(text))).toBe(text);
    }),
  );
});
