import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const UNITS = ['ferry-worker.service', 'ferry-up.service'] as const;
const DIRECTORY = join(__dirname, '../../deploy/systemd');
const read = (unit: string): string => readFileSync(join(DIRECTORY, unit), 'utf8');

/** From 0 (nothing is open) to 10. A unit without any hardening has 9.2. */
const MOST_EXPOSURE = 1.5;

/** What bounds the process, from file systems to system calls. */
function sandboxOf(unit: string): string {
  const text = read(unit);
  return text.slice(text.indexOf('# Sources are read'), text.indexOf('[Install]'));
}

test('A unit that is stopped drains: one SIGTERM to the main process, and more time than a drain takes.', () => {
  for (const unit of UNITS) {
    expect(read(unit)).toMatch(/^KillMode=mixed$/m);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(read(unit))?.[1])).toBeGreaterThanOrEqual(45);
  }
});

test('Both units are hardened in the same way.', () => {
  expect(sandboxOf('ferry-worker.service')).toContain('SystemCallFilter=@system-service');
  expect(sandboxOf('ferry-up.service')).toBe(sandboxOf('ferry-worker.service'));
});

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const describeWithSystemd = hasSystemd ? describe : describe.skip;
if (!hasSystemd) process.stderr.write('systemd-analyze is not installed: the units are not analysed.\n');

describeWithSystemd('systemd', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'ferry-units-'));
    // Where Ferry is not installed for all, another program stands for it.
    for (const unit of UNITS) {
      writeFileSync(join(directory, unit), read(unit).replace('/usr/bin/ferry', process.execPath));
    }
  });
  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  test.each(UNITS)('finds nothing wrong in %s.', (unit) => {
    const { status, stderr } = spawnSync('systemd-analyze', ['verify', join(directory, unit)], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });

  test.each(UNITS)(`gives %s an exposure of at most ${MOST_EXPOSURE}.`, (unit) => {
    const args = ['security', '--offline=true', `--threshold=${MOST_EXPOSURE * 10}`, join(directory, unit)];
    const { status, stdout } = spawnSync('systemd-analyze', args, { encoding: 'utf8' });
    expect({ status, said: /Overall.*/.exec(stdout)?.[0] }).toMatchObject({ status: 0 });
  });
});
