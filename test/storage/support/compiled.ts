import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** The storage library as plain JavaScript, for processes of their own (to be killed, or measured). */
export interface Compiled {
  /** Runs a script; `createStorage` is at hand in it, and `argument` as given. */
  run(script: string, argument: unknown): ChildProcess;
  remove(): void;
}

export function compileStorage(): Compiled {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-storage-js-'));
  const config = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: { noEmit: false, noCheck: true, types: [], rootDir: join(ROOT, 'src'), outDir: directory },
    files: [join(ROOT, 'src/storage/index.ts')],
    include: [],
  };
  writeFileSync(join(directory, 'tsconfig.json'), JSON.stringify(config));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  execFileSync(process.execPath, [tsc, '-p', directory], { stdio: 'inherit' });
  const prelude = `
    const { createStorage } = require('./storage/index.js');
    const argument = JSON.parse(process.argv[2]);
  `;
  let scripts = 0;
  return {
    run(script, argument) {
      const path = join(directory, `script-${(scripts += 1)}.cjs`);
      writeFileSync(path, `${prelude}\n${script}`);
      return spawn(process.execPath, [path, JSON.stringify(argument)], { stdio: ['ignore', 'pipe', 'inherit'] });
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** Standard output, once the process has ended; rejects when it failed. */
export async function outputOf(child: ChildProcess): Promise<string> {
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.once('close', (...ended: [number | null, string | null]) => resolve(ended));
  });
  const text = Buffer.concat(chunks).toString();
  if (code !== 0) throw new Error(`the process ended with ${signal ?? code}: ${text}`);
  return text;
}
