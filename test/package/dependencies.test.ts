import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Package {
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly dev?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly hasInstallScript?: boolean;
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const manifest = JSON.parse(read('package.json')) as Manifest;
const lock = JSON.parse(read('package-lock.json')) as { readonly packages: Readonly<Record<string, Package>> };
const packages = Object.entries(lock.packages).filter(([path]) => path !== '');
const page = read('docs/dependencies.md');

/** Native programs for other systems than that on which the lockfile was made. The page says what uses them. */
const WITHOUT_INTEGRITY = ['@swc/core-', '@oxlint/', '@oxlint-tsgolint/', '@unrs/resolver-binding-'];

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
}

test('Only native programs for other systems are in the lockfile without a digest, and only listed ones', () => {
  const without = packages.filter(([, { integrity }]) => integrity === undefined);
  for (const [path, { optional, os }] of without) {
    expect({ path, optional, hasSystem: os !== undefined }).toEqual({ path, optional: true, hasSystem: true });
  }
  const unlisted = without.filter(([path]) => !WITHOUT_INTEGRITY.some((start) => nameOf(path).startsWith(start)));
  expect(unlisted.map(([path]) => path)).toEqual([]);
  for (const start of WITHOUT_INTEGRITY) expect(page).toContain(`\`${start}*\``);
});

test("What an installed Ferry loads without a digest in the lockfile is Temporal's compiler for other systems", () => {
  const loaded = packages.filter(([, { integrity, dev }]) => integrity === undefined && dev !== true);
  expect([...new Set(loaded.map(([path]) => nameOf(path).replace(/core-.*/, 'core-')))]).toEqual(['@swc/core-']);
});

test('Every digest is of SHA-512', () => {
  const weak = packages.filter(([, { integrity }]) => integrity !== undefined && !integrity.startsWith('sha512-'));
  expect(weak.map(([path]) => path)).toEqual([]);
});

test('No package runs a script at its installation', () => {
  const withScript = packages.filter(([, { hasInstallScript }]) => hasInstallScript === true);
  const allowed = withScript.map(([path]) => nameOf(path)).filter((name) => manifest.allowScripts[name] !== false);
  expect(allowed).toEqual([]);
});

test('Each runtime dependency has a row in docs/dependencies.md, and each row is a dependency', () => {
  const rows = Array.from(page.matchAll(/^\| `([@\w/-]+)` +\|[^|]+\|[^|]+\| +\d+ +\|/gm), ([, name]) => name);
  const loaded = Object.keys({ ...manifest.dependencies, ...manifest.optionalDependencies });
  expect(new Set(rows)).toEqual(new Set(loaded));
  expect(rows).toHaveLength(loaded.length);
});
