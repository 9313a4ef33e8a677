import type { Storage } from '../storage/types';
import type { ActivityLog } from './deps';

/** Links live for a minute. A smaller difference between the clocks is not logged. */
const WORTH_A_WARNING_MS = 5000;

/** By storage and origin: the skew of the last warning. */
const warnedOf = new WeakMap<object, Map<string, number>>();

/** Warns once when storage's clock differs from ours, and again after a change. The difference itself is harmless. */
export function warnOfClock(log: ActivityLog, storage: Pick<Storage, 'skewMs'>, origin: string): void {
  const skewMs = storage.skewMs(origin) ?? 0;
  const warned = warnedOf.get(storage) ?? new Map<string, number>();
  warnedOf.set(storage, warned);
  if (Math.abs(skewMs - (warned.get(origin) ?? 0)) <= WORTH_A_WARNING_MS) return;
  warned.set(origin, skewMs);
  if (Math.abs(skewMs) <= WORTH_A_WARNING_MS) return;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  log.warn(
    `Our clock is ${seconds} s ${skewMs > 0 ? 'behind' : 'ahead of'} that of storage. Ferry goes by storage's; let this machine keep its time by NTP.`,
    { origin, skewMs },
  );
}
