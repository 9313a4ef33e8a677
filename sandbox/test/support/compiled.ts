import { transformFileSync } from '@swc/core';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/**
 * Compiles the sandbox as it stands now, so that tests can run it as a process of its own without a build before.
 * @returns the path of its entry; `remove` for afterAll
 */
export function compileSandbox(): { main: string; directory: string; remove: () => void } {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-sandbox-compiled-'));
  const source = join(ROOT, 'sandbox');
  for (const name of readdirSync(source, { recursive: true }) as string[]) {
    if (!name.endsWith('.ts') || name.startsWith('test/')) continue;
    const { code } = transformFileSync(join(source, name), {
      jsc: { target: 'es2023', parser: { syntax: 'typescript' } },
      module: { type: 'commonjs' },
    });
    const target = join(directory, 'sandbox', name.replace(/\.ts$/, '.js'));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, code);
  }
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const remove = (): void => rmSync(directory, { recursive: true, force: true });
  return { main: join(directory, 'sandbox/main.js'), directory, remove };
}
