import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const SRC = join(__dirname, '../src');

/** The rooms of docs/architecture.md, from the top down, and which others each may know. */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  cli: [
    'supervisor',
    'worker',
    'client',
    'contract',
    'liveperson',
    'files',
    'secrets',
    'config',
    'errors',
    'engine',
    'lib',
  ],
  supervisor: ['config', 'engine', 'contract', 'errors', 'lib'],
  worker: ['activities', 'contract', 'liveperson', 'storage', 'files', 'secrets', 'config', 'engine', 'errors', 'lib'],
  client: ['contract', 'errors', 'lib'],
  activities: ['contract', 'liveperson', 'storage', 'files', 'secrets', 'config', 'errors', 'lib'],
  workflows: ['contract', 'errors'],
  config: ['liveperson', 'files', 'secrets', 'errors', 'lib'],
  liveperson: ['errors', 'lib'],
  storage: ['errors', 'lib'],
  files: ['errors', 'lib'],
  secrets: ['errors', 'lib'],
  engine: ['contract', 'errors', 'lib'],
  contract: ['errors'],
  errors: [],
  lib: [],
  sandbox: [],
};

/** The command line starts the sandbox, and knows no more of it than how. */
const SANDBOX_DOORS = ['sandbox/arguments', 'sandbox/process', 'sandbox/sandbox-error'];

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of one room by another, types included: paths below src, without their ending. */
function importsBetweenRooms(): readonly Import[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((from) => {
    const text = readFileSync(join(SRC, from), 'utf8');
    const specifiers = text.matchAll(/(?:from|require\(|import\()\s*'(\.[^']*)'/g);
    return Array.from(specifiers, ([, specifier]) => ({
      from,
      to: relative(SRC, resolve(SRC, dirname(from), specifier!)),
    })).filter((found) => roomOf(found.from) !== roomOf(found.to));
  });
}

/** `client.ts` is the door of the room `client`. */
function roomOf(path: string): string {
  return path.split('/', 1)[0]!.replace(/\.ts$/, '');
}

test('Every room is in the table, and every import that the rooms have is found.', () => {
  expect(readdirSync(SRC).map(roomOf)).toEqual(expect.arrayContaining(Object.keys(MAY_KNOW)));
  for (const name of readdirSync(SRC)) expect(Object.keys(MAY_KNOW)).toContain(roomOf(name));
  expect(importsBetweenRooms().length).toBeGreaterThan(100);
});

test('An arrow never runs upwards: no room knows another than those below it.', () => {
  const strangers = importsBetweenRooms().filter(
    ({ from, to }) => !SANDBOX_DOORS.includes(to) && !MAY_KNOW[roomOf(from)]!.includes(roomOf(to)),
  );
  expect(strangers).toEqual([]);
});

test('No two rooms know each other, by whatever way round.', () => {
  const below = (room: string, seen: ReadonlySet<string>): void => {
    expect(seen.has(room)).toBe(false);
    for (const next of MAY_KNOW[room]!) below(next, new Set([...seen, room]));
  };
  for (const room of Object.keys(MAY_KNOW)) below(room, new Set());
});

test('The command line alone knows the sandbox, and only how to start it.', () => {
  const visitors = importsBetweenRooms().filter(({ to }) => roomOf(to) === 'sandbox');
  expect(visitors.map(({ from }) => roomOf(from)).filter((room) => room !== 'cli')).toEqual([]);
  for (const { to } of visitors) expect(SANDBOX_DOORS).toContain(to);
});
