/** Numbers of bytes for people, in decimal units, as disks and lines are sold. */

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** `12 bytes`, `640 kB`, `1.9 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return bytes === 1 ? '1 byte' : `${bytes} bytes`;
  const unit = unitOf(bytes);
  const value = bytes / 1000 ** unit;
  return `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10} ${UNITS[unit]}`;
}

/** The rounded and the exact number: for two numbers that may look the same when rounded. */
export function formatBytesExactly(bytes: number): string {
  return bytes < 1000 ? formatBytes(bytes) : `${formatBytes(bytes)} (${bytes.toLocaleString('en-US')} bytes)`;
}

/** `1.9/3.0 MB`: both in the unit of the whole. */
export function formatPair(done: number, size: number): string {
  const unit = unitOf(size);
  return `${inUnit(done, unit)}/${inUnit(size, unit)} ${UNITS[unit]}`;
}

/** `640 kB/s`, `12.5 MB/s`. */
export function formatRate(bytesPerSecond: number): string {
  const unit = unitOf(bytesPerSecond);
  return `${(bytesPerSecond / 1000 ** unit).toFixed(unit > 1 ? 1 : 0)} ${UNITS[unit]}/s`;
}

/** The unit in which the number is below 1000 when rounded: 999.5 kB would be shown as "1000 kB". */
function unitOf(bytes: number): number {
  let unit = 0;
  while (unit < UNITS.length - 1 && bytes / 1000 ** unit >= 999.5) unit += 1;
  return unit;
}

function inUnit(bytes: number, unit: number): string {
  const value = bytes / 1000 ** unit;
  return unit === 0 || value >= 99.95 ? String(Math.round(value)) : value.toFixed(1);
}
