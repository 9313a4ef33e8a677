import * as fc from 'fast-check';
import { cut, cutMiddle, pad, safe, textWidth } from '../../../src/cli/shared/output/text';

describe('text on a terminal', () => {
  test('wide characters count two columns, combining marks none', () => {
    expect(textWidth('plan.jpg')).toBe(8);
    expect(textWidth('図面.jpg')).toBe(8);
    expect(textWidth('e\u0301te\u0301.png')).toBe(7);
    expect(textWidth('⛴️.png')).toBe(6);
    expect(textWidth('👩‍🚀')).toBe(2);
  });

  test('a cut text never takes more columns than it may, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (text, width) => {
        expect(textWidth(cut(text, width))).toBeLessThanOrEqual(width);
        expect(textWidth(cutMiddle(text, width))).toBeLessThanOrEqual(width);
      }),
    );
  });

  test('a long name keeps its beginning and its ending', () => {
    expect(cutMiddle('a-very-long-name-of-a-picture.jpg', 20)).toBe('a-very-long…ture.jpg');
    expect(cutMiddle('図面図面図面図面図面図面.jpg', 14)).toBe('図面図…図面.jpg'.slice(0, 3) + '…面.jpg');
  });

  test('padding counts columns, not characters', () => {
    expect(pad('図面', 6)).toBe('図面  ');
    expect(pad('62%', 5, 'right')).toBe('  62%');
  });

  test('a name cannot steer the terminal', () => {
    const hostile = 'a\u001b[2Jb\r\nc\u0007\u202egpj.exe\u009b1m';
    // oxlint-disable-next-line no-control-regex -- these must be gone
    expect(safe(hostile)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u202e]/);
    expect(safe('Grüße – 図面.jpg')).toBe('Grüße – 図面.jpg');
  });
});
