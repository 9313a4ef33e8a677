// Compiles src/ to dist/ and sandbox/ to dist/sandbox/, and bundles the workflow code once, so that a worker starts
// without webpack. Built beside dist/ and renamed into place: a Ferry that runs meanwhile never meets half a build.
import { execFileSync } from 'node:child_process';
import { chmodSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const built = join(root, `dist.${process.pid}`);
const old = `${built}.old`;

try {
  const tsc = join(dirname(require.resolve('typescript/package.json')), 'bin/tsc');
  const compile = (project, outDir) =>
    execFileSync(process.execPath, [tsc, '-p', project, '--outDir', outDir], { cwd: root, stdio: 'inherit' });
  compile('tsconfig.build.json', built);
  compile('sandbox', join(built, 'sandbox'));

  const { bundleWorkflowCode } = require('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
  const workflowsPath = join(built, 'workflows/index.js');
  const failureConverterPath = join(built, 'codec/failure-converter.js');
  const workflowInterceptorModules = [join(built, 'workflows/no-empty-tasks.js')];
  const bundles = { bundle: {}, 'bundle-sealed': { failureConverterPath } };
  // The SDK takes a stack trace for each promise of a workflow: with all their frames these are a quarter of what a
  // workflow costs. The frame that throws and its caller still tell where a fault is. On the first line, so that the
  // source map fits; the workflows' Error is frozen when their own code runs.
  for (const [name, options] of Object.entries(bundles)) {
    const { code } = await bundleWorkflowCode({ workflowsPath, workflowInterceptorModules, logger: quiet, ...options });
    writeFileSync(join(built, `workflows/${name}.js`), `Error.stackTraceLimit = 2; ${code}`);
  }
  chmodSync(join(built, 'cli/main.js'), 0o755);

  try {
    renameSync(join(root, 'dist'), old);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(built, join(root, 'dist'));
} finally {
  rmSync(built, { recursive: true, force: true });
  rmSync(old, { recursive: true, force: true });
}
