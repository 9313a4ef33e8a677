import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';

const ROOT = join(__dirname, '..');
const SRC = join(ROOT, 'src');

/**
 * The rooms of src/ from the top down, and the rooms that each may know. docs/architecture.md shows the same table.
 * `client.ts` and `worker.ts` are the two public doors of the package.
 */
const MAY_KNOW: Readonly<Record<string, readonly string[]>> = {
  'client.ts': ['client', 'contract', 'config', 'errors'],
  'worker.ts': ['worker', 'config', 'errors'],
  cli: [
    'client.ts',
    'notify',
    'supervisor',
    'worker',
    'client',
    'web',
    'jobs',
    'evidence',
    'ledger',
    'contract',
    'liveperson',
    'files',
    'secrets',
    'config',
    'engine',
  ],
  supervisor: ['web', 'config', 'engine', 'contract'],
  worker: [
    'activities',
    'client',
    'metrics',
    'notify',
    'codec',
    'jobs',
    'evidence',
    'ledger',
    'contract',
    'liveperson',
    'storage',
    'files',
    'secrets',
    'config',
    'engine',
  ],
  activities: [
    'limits',
    'metrics',
    'jobs',
    'ledger',
    'contract',
    'liveperson',
    'storage',
    'files',
    'secrets',
    'config',
  ],
  client: ['contract', 'codec'],
  web: ['codec', 'secrets'],
  codec: ['secrets'],
  workflows: ['contract'],
  jobs: ['files', 'contract'],
  evidence: ['contract', 'secrets'],
  ledger: ['contract'],
  limits: ['contract'],
  config: ['notify', 'contract', 'liveperson', 'files', 'secrets'],
  metrics: [],
  notify: ['contract'],
  liveperson: [],
  storage: [],
  files: [],
  secrets: [],
  engine: ['contract'],
  contract: [],
  errors: [],
  lib: [],
};

/** Rooms below all others. Workflow code is bundled for a sandbox without Node: it may not know `lib`. */
function foundationsOf(room: string): readonly string[] {
  if (room === 'errors' || room === 'lib') return [];
  return room === 'workflows' || room === 'contract' ? ['errors'] : ['errors', 'lib'];
}

/** A room is entered by its index or by its types. `lib` has no index: each file is a helper of its own. */
const DOORS = /^[^/]+$|^[^/]+\/(?:index|types)$|^lib\/[^/]+$/;

/** Entered past the door, with the reason. */
const PAST_THE_DOOR: Readonly<Record<string, string>> = {
  'errors/table': 'data and types only: workflow code and the contract do without the error class',
  'client/connect': "loaded by the door when a program connects: Temporal's SDK takes a quarter of a second",
  'client/options': 'types only, and beside what they describe',
  'contract/transfer-id': 'it hashes with Node, which workflow code may not load; the index is for workflow code',
  'config/up-file': 'read by commands that need no other configuration',
  'engine/find-or-fetch': 'loaded by doctor alone',
  'worker/process': 'the worker as a process: `ferry worker` and the child of `ferry up`',
};

interface Import {
  readonly from: string;
  readonly to: string;
}

/** Every import of one room by another, types included: paths below src, without their ending. */
function importsBetweenRooms(): readonly Import[] {
  return sourcesOf(SRC)
    .flatMap((from) => specifiersIn(SRC, from).map((to) => ({ from, to })))
    .filter(({ from, to }) => roomOf(from) !== roomOf(to));
}

function sourcesOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
}

/** What a file imports by a relative path, as paths below `directory`. */
function specifiersIn(directory: string, from: string): readonly string[] {
  const text = readFileSync(join(directory, from), 'utf8');
  const specifiers = text.matchAll(/(?:from|require\(|import\()\s*'(\.[^']*)'/g);
  return Array.from(specifiers, ([, specifier]) => relative(directory, resolve(directory, dirname(from), specifier!)));
}

/** The first folder of a path; the doors `client.ts` and `worker.ts` are rooms of their own. */
function roomOf(path: string): string {
  if (path === 'client' || path === 'client.ts') return 'client.ts';
  if (path === 'worker' || path === 'worker.ts') return 'worker.ts';
  return path.split('/', 1)[0]!;
}

test('Every room is in the table, and the search finds the imports between rooms.', () => {
  expect(readdirSync(SRC).toSorted()).toEqual(Object.keys(MAY_KNOW).toSorted());
  expect(importsBetweenRooms().length).toBeGreaterThan(100);
});

test('A room imports only rooms below it.', () => {
  const upwards = importsBetweenRooms().filter(
    ({ from, to }) => ![...MAY_KNOW[roomOf(from)]!, ...foundationsOf(roomOf(from))].includes(roomOf(to)),
  );
  expect(upwards).toEqual([]);
});

test('A room is entered through its index or its types, except at the listed places.', () => {
  const entered = importsBetweenRooms().filter(({ to }) => !DOORS.test(to));
  expect(entered.filter(({ to }) => PAST_THE_DOOR[to] === undefined)).toEqual([]);
});

test('Every listed exception is still used.', () => {
  const used = new Set(importsBetweenRooms().map(({ to }) => to));
  expect(Object.keys(PAST_THE_DOOR).filter((path) => !used.has(path))).toEqual([]);
});

test('No two rooms know each other, directly or through others.', () => {
  const below = (room: string, above: ReadonlySet<string>): void => {
    expect(above.has(room)).toBe(false);
    for (const next of MAY_KNOW[room]!) below(next, new Set([...above, room]));
  };
  for (const room of Object.keys(MAY_KNOW)) below(room, new Set());
});

test('The sandbox shares no code with the product, in either direction.', () => {
  const SANDBOX = join(ROOT, 'sandbox');
  const outside = (directory: string, files: readonly string[]) =>
    files.flatMap((from) => specifiersIn(directory, from).filter((to) => to.startsWith('..')));
  expect(outside(SRC, sourcesOf(SRC))).toEqual([]);
  const own = sourcesOf(SANDBOX).filter((name) => !name.startsWith('test/'));
  expect(own.length).toBeGreaterThan(50);
  expect(outside(SANDBOX, own)).toEqual([]);
});

test('docs/architecture.md shows the same rooms and the same directions.', () => {
  const page = readFileSync(join(ROOT, 'docs/architecture.md'), 'utf8');
  const rows = page.matchAll(/^\| `src\/([\w.]+)\/?` +\|[^|]*\|([^|]*)\|$/gm);
  const shown = Object.fromEntries(
    Array.from(rows, ([, room, known]) => [room, Array.from(known!.matchAll(/`([\w.]+)`/g), ([, name]) => name!)]),
  );
  expect(shown).toEqual(MAY_KNOW);
});
