import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Subject } from './subject';

const START = join(__dirname, '../start.sh');
const PACKAGES_MISSING = 77;

export type SwiftPart = 'proxy' | 'object' | 'container' | 'account' | 'memcached';

export interface RealSwift extends Subject {
  stop(part: SwiftPart): void;
  /** Starts again what was stopped. */
  start(): void;
  /** Ends it and removes all of it. */
  end(): void;
}

/** Starts a Swift of our own; null where Debian's packages are not installed. */
export function startRealSwift(environment: Record<string, string> = {}): RealSwift | null {
  const directory = mkdtempSync(join(tmpdir(), 'ferry-swift-'));
  const run = (...args: string[]): Record<string, string> | null => {
    const { status, stdout, stderr } = spawnSync(START, args, {
      encoding: 'utf8',
      env: { ...process.env, ...environment },
    });
    if (status === PACKAGES_MISSING) return null;
    if (status !== 0) throw new Error(`start.sh ${args.join(' ')} ended with ${status}: ${stderr}`);
    return Object.fromEntries(stdout.split('\n').map((line) => line.split(/=(.*)/).slice(0, 2) as [string, string]));
  };
  const end = (): void => {
    run('--stop', directory);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const settings = run(directory);
    if (settings === null) {
      rmSync(directory, { recursive: true, force: true });
      return null;
    }
    return {
      url: settings['SWIFT_URL'] ?? '',
      container: settings['SWIFT_CONTAINER'] ?? '',
      key: settings['SWIFT_KEY'] ?? '',
      stop: (part) => void run('--stop', directory, part),
      start: () => void run(directory),
      end,
    };
  } catch (error) {
    end();
    throw error;
  }
}
