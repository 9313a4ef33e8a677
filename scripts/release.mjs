// node scripts/release.mjs [DIRECTORY]: writes the files of a release into the directory (default: release/VERSION): the
// package, its software bill of materials in CycloneDX form, and the digests of both. Needs no network. Build first.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const directory = resolve(process.argv[2] ?? join(ROOT, 'release', manifest.version));

mkdirSync(directory, { recursive: true });
const [{ filename }] = JSON.parse(npm(ROOT, 'pack', '--ignore-scripts', '--json', '--pack-destination', directory));
const bill = filename.replace(/\.tgz$/, '.cdx.json');
writeFileSync(join(directory, bill), billOfMaterials());
const digest = (name) =>
  createHash('sha256')
    .update(readFileSync(join(directory, name)))
    .digest('hex');
writeFileSync(join(directory, 'SHA256SUMS'), [filename, bill].map((name) => `${digest(name)}  ${name}\n`).join(''));
console.log(`${directory}: ${filename}, ${bill}, SHA256SUMS`);

/**
 * What an installation of any system may bring, by the lockfile. `npm sbom --omit=dev` (11.19) leaves out each package
 * that is needed for development as well, such as ws. So npm is asked about a lockfile that has no development in it.
 */
function billOfMaterials() {
  const { devDependencies: _, ...installed } = manifest;
  const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));
  const packages = Object.entries(lock.packages).filter(([, { dev }]) => dev !== true);
  const { devDependencies: __, ...root } = lock.packages[''];
  const place = mkdtempSync(join(tmpdir(), 'ferry-bill-'));
  try {
    const lockOfUsers = { ...lock, packages: { ...Object.fromEntries(packages), '': root } };
    writeFileSync(join(place, 'package.json'), JSON.stringify(installed));
    writeFileSync(join(place, 'package-lock.json'), JSON.stringify(lockOfUsers));
    return npm(place, 'sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application');
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

function npm(cwd, ...args) {
  return execFileSync('npm', [...args, '--offline'], { cwd, encoding: 'utf8', maxBuffer: 1 << 26 });
}
