import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

interface Bill {
  readonly bomFormat: string;
  readonly metadata: { readonly component: { readonly version: string } };
  readonly components: readonly { readonly name: string; readonly version: string }[];
}

interface Lock {
  readonly version: string;
  readonly packages: Readonly<Record<string, { readonly version: string; readonly dev?: boolean }>>;
}

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'ferry-release-test-'));
  execFileSync(process.execPath, [join(ROOT, 'scripts/release.mjs'), directory], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}, 60_000);
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function only(suffix: string): string {
  const [name, ...more] = readdirSync(directory).filter((each) => each.endsWith(suffix));
  if (name === undefined || more.length > 0) throw new Error(`There is not exactly one ${suffix}.`);
  return name;
}

test('A release has a bill of materials with every package that users install, and none besides.', () => {
  const bill = JSON.parse(readFileSync(join(directory, only('.cdx.json')), 'utf8')) as Bill;
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as Lock;
  expect(bill).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { version: lock.version } } });
  const installed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== '' && dev !== true);
  const nameOf = (path: string): string => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
  const expected = installed.map(([path, { version }]) => `${nameOf(path)}@${version}`);
  const listed = bill.components.map(({ name, version }) => `${name}@${version}`);
  expect([...new Set(listed)].toSorted()).toEqual([...new Set(expected)].toSorted());
});

test('The digests of a release are those of its files.', () => {
  const lines = readFileSync(join(directory, 'SHA256SUMS'), 'utf8').trimEnd().split('\n');
  expect(lines.map((line) => line.slice(66))).toEqual([only('.tgz'), only('.cdx.json')]);
  for (const line of lines) {
    const content = readFileSync(join(directory, line.slice(66)));
    expect(createHash('sha256').update(content).digest('hex')).toBe(line.slice(0, 64));
  }
});
