// One large file up and down: every contender once in each round, so that each ratio is of neighbours in time.
import { statSync, rmSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, measure, shown, spread } from './measure.mjs';

const FERRY = join(dirname(fileURLToPath(import.meta.url)), 'ferry.cjs');

export const quoted = (text) => `'${String(text).replaceAll("'", `'\\''`)}'`;
export const ferry = (parts) => `${quoted(process.execPath)} ${quoted(FERRY)} ${quoted(JSON.stringify(parts))}`;

export function rcloneEnvironment({ origin, login }) {
  return {
    RCLONE_CONFIG_SW_TYPE: 'swift',
    RCLONE_CONFIG_SW_USER: login.user,
    RCLONE_CONFIG_SW_KEY: login.key,
    RCLONE_CONFIG_SW_AUTH: `${origin}/auth/v1.0`,
    RCLONE_CONFIG: '/dev/null',
  };
}

export const inspected = (path) => {
  const { size, mtimeMs, ino } = statSync(path);
  return { path, sizeBytes: size, mtimeMs, inode: ino };
};

function uploads(swift, file) {
  const { text, url } = swift.sign('PUT', 'large');
  const source = inspected(file);
  const container = swift.container.split('/').at(-1);
  const login = `-A ${swift.origin}/auth/v1.0 -U ${swift.login.user} -K ${swift.login.key}`;
  const curl = `curl -sSf -o /dev/null -T ${quoted(file)} ${quoted(text)}`;
  return {
    curl,
    ferry: ferry({ step: 'upload', items: [{ url, source }] }),
    'curl beside md5sum': `md5sum ${quoted(file)} >/dev/null & ${curl}; wait`,
    'curl beside md5sum and sha256sum': `md5sum ${quoted(file)} >/dev/null & sha256sum ${quoted(file)} >/dev/null & ${curl}; wait`,
    'curl, then md5sum': `${curl} && md5sum ${quoted(file)} >/dev/null`,
    ...(isInstalled('rclone') && {
      rclone: `rclone copyto --ignore-times ${quoted(file)} sw:${container}/large-rclone`,
    }),
    ...(isInstalled('swift') && {
      swiftclient: `swift ${login} upload --object-name large-swiftclient ${container} ${quoted(file)} >/dev/null`,
    }),
  };
}

function downloads(swift, directory) {
  const { text, url } = swift.sign('GET', 'large');
  const target = join(directory, 'target');
  const container = swift.container.split('/').at(-1);
  const login = `-A ${swift.origin}/auth/v1.0 -U ${swift.login.user} -K ${swift.login.key}`;
  return {
    curl: `curl -sSf -o ${quoted(target)} ${quoted(text)}`,
    ferry: ferry({ step: 'download', items: [{ url, target }] }),
    'curl | tee | md5sum': `curl -sSf ${quoted(text)} | tee ${quoted(target)} | md5sum >/dev/null`,
    ...(isInstalled('rclone') && { rclone: `rclone copyto sw:${container}/large ${quoted(target)}` }),
    ...(isInstalled('swift') && {
      swiftclient: `swift ${login} download --output ${quoted(target)} ${container} large >/dev/null`,
    }),
    ...(isInstalled('aria2c') && {
      aria2: `aria2c -q --file-allocation=none -x4 -d ${quoted(directory)} -o target ${quoted(text)}`,
    }),
  };
}

function rounds(what, contenders, count, { env, before }) {
  const seen = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 1; round <= count; round += 1) {
    for (const [name, command] of Object.entries(contenders)) {
      before();
      const figures = measure(command, { env });
      seen[name].push(figures);
      console.error(`${what} ${round}/${count} ${name}: ${figures.seconds.toFixed(2)} s`);
    }
  }
  return Object.entries(seen).map(([name, all]) => ({
    what: `${what}: ${name}`,
    'ratio to curl': shown(spread(all.map(({ seconds }, round) => seconds / seen.curl[round].seconds))),
    seconds: shown(spread(all.map(({ seconds }) => seconds))),
    'CPU s': spread(all.map(({ cpuSeconds }) => cpuSeconds)).median.toFixed(2),
    'peak MiB': spread(all.map(({ peakMiB }) => peakMiB)).max.toFixed(0),
  }));
}

export function benchLarge(swift, directory, file, count) {
  const env = rcloneEnvironment(swift);
  const into = join(directory, 'in');
  mkdirSync(into);
  const clean = () => {
    for (const name of ['target', 'target.part', 'target.part.json']) rmSync(join(into, name), { force: true });
  };
  // The first touch of a server and of a file is nobody's fault.
  measure(uploads(swift, file).curl, { env });
  const up = rounds('up', uploads(swift, file), count, { env, before: () => undefined });
  const down = rounds('down', downloads(swift, into), count, { env, before: clean });
  clean();
  return [...up, ...down];
}
