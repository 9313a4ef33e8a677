import { formatBytes, formatBytesExactly, formatPair, formatRate } from '../../src/lib/bytes';

test.each([
  [0, '0 bytes'],
  [1, '1 byte'],
  [999, '999 bytes'],
  [1000, '1 kB'],
  [640_123, '640 kB'],
  [999_499, '999 kB'],
  [999_500, '1 MB'],
  [1_940_000, '1.9 MB'],
  [3_000_000, '3 MB'],
  [41_943_040, '41.9 MB'],
  [1_073_741_824, '1.1 GB'],
  [9e18, '9000 PB'],
])('%d bytes are shown as %s', (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test('The exact number is added where it is not shown already', () => {
  expect(formatBytesExactly(999)).toBe('999 bytes');
  expect(formatBytesExactly(1_234_567)).toBe('1.2 MB (1,234,567 bytes)');
});

test('A pair has the unit of the whole', () => {
  expect(formatPair(1_900_000, 3_000_000)).toBe('1.9/3.0 MB');
  expect(formatPair(12, 300)).toBe('12/300 B');
  expect(formatPair(0, 999_500)).toBe('0.0/1.0 MB');
});

test('A rate has one decimal from megabytes on', () => {
  expect(formatRate(640_000)).toBe('640 kB/s');
  expect(formatRate(12_500_000)).toBe('12.5 MB/s');
});
