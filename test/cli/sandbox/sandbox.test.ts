import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { runSandboxProgram } from '../../../src/cli/sandbox/run';
import { startSandbox } from '../../../sandbox';
import { compileSandbox } from '../../../sandbox/test/support/compiled';
import { fakeIo } from '../support/fake-io';
import { environmentOf } from '../support/plan';

describe('ferry sandbox, where another has what it needs', () => {
  const compiled = compileSandbox();
  afterAll(() => compiled.remove());
  let stateDir: string;
  let busy: Server | null = null;

  beforeEach(async () => {
    stateDir = await mkdtemp(join(tmpdir(), 'ferry-cli-sandbox-'));
  });
  afterEach(async () => {
    busy?.close();
    await rm(stateDir, { recursive: true, force: true });
  });

  function run(port: number): Promise<unknown> {
    const environment = environmentOf(fakeIo());
    const flags = { ...environment.flags, state: stateDir };
    return runSandboxProgram(compiled.main, { ...environment, flags }, { port });
  }

  test('a state directory in use is no busy port: another --state helps, another port does not', async () => {
    const other = await startSandbox({ port: 0, stateDir });
    try {
      await expect(run(0)).rejects.toMatchObject({ code: 'ALREADY_UP', message: expect.stringContaining(stateDir) });
    } finally {
      await other.close();
    }
  });

  test('a busy port is refused as one', async () => {
    busy = createServer().listen(0, '127.0.0.1');
    await once(busy, 'listening');
    await expect(run((busy.address() as AddressInfo).port)).rejects.toMatchObject({ code: 'PORT_BUSY' });
  });
});
