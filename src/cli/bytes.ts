/** Sizes and rates in decimal units, as disks and lines are sold. */
import { formatBytes } from '../files/format';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** `12 bytes`, `640 kB`, `1.9 MB`. */
export const formatSize = formatBytes;

function unitOf(bytes: number): number {
  let index = 0;
  // 999.5 kB would round to "1000 kB": step up just before.
  while (index < UNITS.length - 1 && bytes / 1000 ** index >= 999.5) index += 1;
  return index;
}

function inUnit(bytes: number, unit: number): string {
  const value = bytes / 1000 ** unit;
  return unit === 0 || value >= 99.95 ? String(Math.round(value)) : value.toFixed(1);
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
