/**
 * The time that `redact` takes. `FERRY_FUZZ_RUNS=1000000 npx jest test/secrets/redact-time` is the long run.
 */
import * as fc from 'fast-check';
import { redact } from '../../src/secrets';

const RUNS = Number(process.env['FERRY_FUZZ_RUNS'] ?? 10_000);

/** Milliseconds of the processor: other programs on the machine do not count. */
function timeOf(text: string, longest?: number): number {
  const start = process.cpuUsage();
  redact(text, [], longest);
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

test('40,000 backslashes after a name take a few milliseconds, also when nothing is cut', () => {
  for (const name of ['token', 'temp_url_sig', 'authorization', '"token', 'bearer ', 'password"']) {
    timeOf(`${name}${'\\'.repeat(1000)}`);
    expect(timeOf(`${name}${'\\'.repeat(40_000)}`, Number.POSITIVE_INFINITY)).toBeLessThan(50);
  }
});

test('a text ten times as long takes about ten times as long', () => {
  const units = [
    '\\',
    '\\"',
    '"token\\',
    ' ',
    'eyJ',
    'eyJ.',
    'bearer ',
    'authorization: ',
    'temp_url_sig=\\',
    '-._',
    '%3D',
  ];
  for (const unit of units) {
    const text = (length: number): string => `token ${unit.repeat(Math.ceil(length / unit.length))}`;
    timeOf(text(20_000), Number.POSITIVE_INFINITY);
    const short = Math.min(...[1, 2, 3].map(() => timeOf(text(40_000), Number.POSITIVE_INFINITY)));
    const long = Math.min(...[1, 2, 3].map(() => timeOf(text(400_000), Number.POSITIVE_INFINITY)));
    // Quadratic time would be a hundred times as long: 0.5 s become a minute.
    expect(long).toBeLessThan(Math.max(100, short * 40));
  }
});

test(`no text of ${RUNS} made of what it looks for takes 50 ms`, () => {
  const word = fc.constantFrom(
    '\\',
    '"',
    "'",
    ':',
    '=',
    ' ',
    '.',
    '-',
    ',',
    '%3D',
    '\n',
    'a',
    '0',
    'é',
    '\u{1f600}',
    'token',
    'eyJ',
    'bearer ',
    'authorization',
    'temp_url_sig',
    'oauth_',
    'password',
    'jwt',
    'secret',
    'basic ',
  );
  const part = fc.tuple(word, fc.integer({ min: 1, max: 2000 })).map(([unit, times]) => unit.repeat(times));
  let worst = 0;
  const property = fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
    const text = parts.join('');
    // A collection of garbage is not a slow text: the best of two counts.
    worst = Math.max(worst, Math.min(timeOf(text), timeOf(text)));
  });
  fc.assert(property, { numRuns: RUNS });
  expect(worst).toBeLessThan(50);
  if (RUNS > 10_000) process.stdout.write(`redact: ${RUNS} texts, the slowest took ${worst.toFixed(1)} ms\n`);
}, 3_600_000);

test('a text is cut before it is looked through, and no half of a token is left at the cut', () => {
  const token = `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhYmMifQ.${'s'.repeat(200)}`;
  for (const before of [0, 5, 10, 30, 60, 150]) {
    const text = `${'x '.repeat(8192 - Math.ceil(before / 2))}${token} and more`;
    expect(redact(text)).not.toMatch(/eyJ|sss/);
  }
  expect(redact(`a ${'b'.repeat(30_000)}`)).toMatch(/^a b+\.\.\. \(\d+ more characters\)$/);
  expect(redact(`a ${'b'.repeat(30_000)}`).length).toBeLessThan(16_500);
});
