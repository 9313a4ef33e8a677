import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSandbox } from '../../sandbox';
import type { SandboxHandle } from '../../sandbox/types';
import type { Subject } from './support/subject';
import { conformanceSuite } from './support/suite';

let stateDir: string;
let sandbox: SandboxHandle;
let subject: Subject;

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), 'ferry-swift-sandbox-'));
  sandbox = await startSandbox({ port: 0, stateDir }, { clientTimeoutMs: 3000 });
  const key = (await readFile(join(stateDir, 'temp-url.key'), 'utf8')).trim();
  subject = { url: sandbox.url, container: '/v1/AUTH_async-images/12345678', key };
});

afterAll(async () => {
  await sandbox.close();
  await rm(stateDir, { recursive: true, force: true });
});

conformanceSuite('the sandbox', () => subject);
