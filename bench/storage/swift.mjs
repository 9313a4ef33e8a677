// A real Swift of the project's own, and signed URLs for it.
import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ownDirectory } from '../own-directory.mjs';

const START = join(dirname(fileURLToPath(import.meta.url)), '../../test/swift/start.sh');
const LIFE_SECONDS = 3600;

export function startSwift() {
  const directory = ownDirectory('ferry-bench-swift-');
  const stop = () => {
    execFileSync(START, ['--stop', directory]);
  };
  try {
    const lines = execFileSync(START, [directory], { encoding: 'utf8' }).trim().split('\n');
    const {
      SWIFT_URL: origin,
      SWIFT_CONTAINER: container,
      SWIFT_KEY: key,
    } = Object.fromEntries(lines.map((line) => line.split(/=(.*)/).slice(0, 2)));
    const sign = (method, name) => {
      const relativePath = `${container}/${name}`;
      const expiresAt = Math.floor(Date.now() / 1000) + LIFE_SECONDS;
      const sig = createHmac('sha256', key).update(`${method}\n${expiresAt}\n${relativePath}`).digest('hex');
      const query = { temp_url_sig: sig, temp_url_expires: String(expiresAt) };
      const text = `${origin}${relativePath}?${new URLSearchParams(query)}`;
      return { url: { origin, relativePath, query, expiresAt }, text };
    };
    return { origin, container, key, sign, stop, login: { user: 'async-images:admin', key: 'ferry-test-admin-key' } };
  } catch (error) {
    stop();
    throw error;
  }
}
