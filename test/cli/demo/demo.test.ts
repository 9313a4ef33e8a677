import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drawFerry, encodePng } from '../../../src/cli/demo/picture';
import { bareEnvironment } from '../../../src/cli/demo/stage';
import { inspectFile } from '../../../src/files';

const MAIN = join(__dirname, '../../../dist/cli/main.js');

describe('the demo', () => {
  const dir = mkdtempSync(join(tmpdir(), 'ferry-demo-test-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));

  test('its picture is a real PNG that decodes, also with a long tail behind it', async () => {
    const rules = { types: ['PNG'], maxBytes: 10_000_000 };
    const path = join(dir, 'photo.png');
    writeFileSync(path, encodePng(drawFerry()));
    expect(await inspectFile(path, rules)).toMatchObject({ fileType: 'PNG', notes: [] });
    writeFileSync(path, Buffer.concat([encodePng(drawFerry(60, 40)), Buffer.alloc(5_000_000, 7)]));
    expect(await inspectFile(path, rules)).toMatchObject({ fileType: 'PNG', notes: [] });
  });

  test('it sees nothing of the configuration of this machine, but may be told where the server program is', () => {
    const env = { PATH: '/bin', FERRY_STATE: 'x', FERRY_CONFIG: 'x', TEMPORAL_ADDRESS: 'x', TEMPORAL_CLI_PATH: '/t' };
    expect(bareEnvironment(env)).toEqual({ PATH: '/bin', TEMPORAL_CLI_PATH: '/t' });
  });

  test('it proves both acts, and leaves no process and no file', async () => {
    if (!existsSync(MAIN)) throw new Error('dist/ is missing: npm run build first');
    // A directory of its own for temporary files shows what is left; a broken configuration shows that none is read.
    const env = { ...process.env, TMPDIR: dir, FERRY_CONFIG: '/nowhere', TEMPORAL_ADDRESS: '127.0.0.1:1' };
    rmSync(join(dir, 'photo.png'), { force: true });
    const child = spawn(process.execPath, [MAIN, 'demo', '--json'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const told = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (text: Buffer) => {
        told[name] += text.toString();
      });
    }
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr: told.stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('kill -9 of the worker'),
    });
    const receipts = told.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(receipts).toEqual([
      expect.objectContaining({ type: 'receipt', fileType: 'PNG', sequence: 0 }),
      expect.objectContaining({ type: 'receipt', sizeBytes: 40_000_000, sequence: 1 }),
    ]);
    expect(receipts[1]?.['urlRenewals']).toBeGreaterThanOrEqual(1);
    expect(told.stderr.match(/✓ exactly one message/g)).toHaveLength(2);
    expect(readdirSync(dir)).toEqual([]);
    const alive = [...told.stderr.matchAll(/pid (\d+)/g)].filter(([, pid]) => existsSync(`/proc/${pid}`));
    expect(alive).toEqual([]);
  }, 180_000);
});
