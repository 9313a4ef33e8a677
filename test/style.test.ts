import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** What docs/style.md forbids and a pattern can find, each with what to write instead. */
const WRONG: readonly (readonly [RegExp, string])[] = [
  [/(?<!\bthere )\b(?:is|are|was|were|be|being|been) no (?!longer\b|more\b|less\b|fewer\b)/i, '"is not a"'],
  [/, for (?:it|they|there|he|she|nobody|none)\b/, '"because"'],
  [/\bwho(?:m|se)?ever\b/i, 'the noun: caller, reader, process'],
  [/\bOf (?:what|whom|which)\b/, 'subject, verb, object'],
  [/\bbear(?:s|ing)? being\b/, '"is idempotent", "can be repeated"'],
  [/\b(?:came|comes?) about\b/, '"opens", "succeeds", "appears"'],
  [/\bfor ever\b/, '"forever"'],
  [/\bto be had\b/, '"available"'],
  [
    /(?:^|[.:;"'`*/] ?)(?:Nor|Neither|Never|Seldom|Only then|Not until) (?:is|are|was|were|does|do|did|can|may|will|has|have)\b/,
    'subject first',
  ],
  [/\bnone of worth\b/, 'the noun'],
  [/\bhas its word\b|\blast word\b/, '"decides"'],
  [/\b(?:begins?|began|begun|starts?) anew\b/, '"starts again", "is repeated"'],
  [/\b(?:takes?|took|taken) away\b/, '"removes"'],
  [/\b(?:comes?|came) to nothing\b/, '"has no effect"'],
  [/(?:^|[.;] |\* )To be called\b/, '"Call it"'],
  [/\bwithout a word\b/, '"silently", "without an answer"'],
  [/, be it\b/, '"also"'],
  [/\bAs \{@link/, '"Like"'],
];

/** Folders and files with text of ours. */
const CHECKED: readonly string[] = [
  'src',
  'sandbox',
  'test',
  'docs',
  'bench',
  'examples',
  'scripts',
  'README.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  'CHANGELOG.md',
];

/** Text that has to stay: where, and which words. */
const ALLOWED: readonly (readonly [file: string, words: string])[] = [
  ['docs/style.md', ''], // shows what is wrong
  ['test/style.test.ts', ''], // so does this
];

function filesIn(path: string): readonly string[] {
  if (/\.\w+$/.test(path)) return [path];
  const names = readdirSync(join(ROOT, path), { recursive: true, encoding: 'utf8' });
  return names.filter((name) => /\.(?:[cm]?[jt]s|md)$/.test(name)).map((name) => join(path, name));
}

function faultsOf(file: string): readonly string[] {
  return readFileSync(join(ROOT, file), 'utf8')
    .split('\n')
    .flatMap((line, index) => {
      if (ALLOWED.some(([where, words]) => where === file && line.includes(words))) return [];
      return WRONG.filter(([pattern]) => pattern.test(line)).map(
        ([, instead]) => `${file}:${index + 1}: write ${instead}: ${line.trim()}`,
      );
    });
}

test('No text has a pattern that docs/style.md forbids', () => {
  expect(CHECKED.flatMap(filesIn).flatMap(faultsOf)).toEqual([]);
});

test('Every exception is still needed', () => {
  const needed = ([file, words]: readonly [string, string]): boolean =>
    readFileSync(join(ROOT, file), 'utf8')
      .split('\n')
      .some((line) => line.includes(words) && WRONG.some(([pattern]) => pattern.test(line)));
  expect(ALLOWED.filter((exception) => !needed(exception))).toEqual([]);
});

test.each([
  'This is no picture.',
  'a worker that was no longer one is no worker',
  'Parks it, for it cannot go on.',
  'Whoever asks gets an answer.',
  'Of what was sent nothing is kept.',
  'A connection that came about late.',
  'It waits for ever.',
  'Never does it throw.',
  'The upload begins anew.',
  'Faults are taken away.',
  'An intent that came to nothing.',
  'To be called before the first await.',
  'It ends without a word.',
  'Any file is refused, be it a link.',
  'As {@link search}, for jobs.',
])('The patterns find: %s', (text) => {
  expect(WRONG.some(([pattern]) => pattern.test(text))).toBe(true);
});

test.each([
  'There is no file.',
  'The link is no longer valid.',
  'A name for it is made.',
  'Nobody is there.',
  'for everyone',
  'The step starts again.',
  'As the table says.',
])('The patterns leave alone: %s', (text) => expect(WRONG.some(([pattern]) => pattern.test(text))).toBe(false));
