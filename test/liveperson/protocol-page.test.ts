/** docs/protocol.md names the test that holds each fact; a test that was renamed or removed must not leave a claim behind. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');
const page = readFileSync(join(ROOT, 'docs', 'protocol.md'), 'utf8');
const rows = page.split('\n').flatMap((line) => {
  const cells = line.split('|').map((cell) => cell.trim());
  return line.startsWith('| ') && !/^(fact|short|-+)$/.test(cells[1] ?? '') ? [cells.slice(1, -1)] : [];
});
/** Rows of the table of sources have two cells, facts have three. */
const facts = rows.filter((cells) => cells.length === 3);

it('every fact of the protocol page names a test, or says that nothing holds it', () => {
  expect(facts.length).toBeGreaterThan(40);
  const bare = facts.filter(([, , held = '']) => !/\.test\.ts`|\*\*nothing\*\*/i.test(held));
  expect(bare).toEqual([]);
});

it('every test that the protocol page names exists under that name', () => {
  const named = [...page.matchAll(/`([\w/-]+\.test\.ts)`(?:: "((?:[^"\\]|\\.)+)")?/g)];
  const missing = named.filter(([, file = '', name]) => {
    const path = [join(ROOT, 'test', file), join(ROOT, file)].find((each) => existsSync(each));
    if (path === undefined) return true;
    return name !== undefined && !readFileSync(path, 'utf8').includes(name.replaceAll('\\"', '"'));
  });
  expect(missing.map(([text]) => text)).toEqual([]);
  expect(named.length).toBeGreaterThan(40);
});
