// Compiles src/ to dist/ and bundles the workflow code once, so that a worker starts without webpack.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

rmSync(join(root, 'dist'), { recursive: true, force: true });
execFileSync(
  process.execPath,
  [join(dirname(require.resolve('typescript/package.json')), 'bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    cwd: root,
    stdio: 'inherit',
  },
);

const workflows = join(root, 'dist/workflows/index.js');
if (existsSync(workflows)) {
  const { bundleWorkflowCode } = require('@temporalio/worker');
  const quiet = { trace() {}, debug() {}, info() {}, warn: console.warn, error: console.error, log() {} };
  const { code } = await bundleWorkflowCode({ workflowsPath: workflows, logger: quiet });
  mkdirSync(join(root, 'dist/workflows'), { recursive: true });
  writeFileSync(join(root, 'dist/workflows/bundle.js'), code);
}

const main = join(root, 'dist/cli/main.js');
if (existsSync(main)) chmodSync(main, 0o755);
