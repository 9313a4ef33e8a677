import type { FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { CONNECTION_LOST } from '../liveperson';

/** LivePerson advises 5, 10 and 15 s (API guidelines, "Retry Policy Recommendations"); then Ferry stays at 30 s. */
const PAUSES_MS = [5000, 10_000, 15_000];
const LONGEST_PAUSE_MS = 30_000;

/** LivePerson's advice applies to error answers. After a lost connection the first retries come sooner. */
const SECOND_AFTER_LOSS_MS = 2000;

/** System and socket codes of a connection that was lost, or that a running host refused. */
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET']);

/** WebSocket close codes: the server goes away, the connection broke, the server has a fault. */
const LOST_BY_CLOSING = new Set([1001, 1006, 1011]);

/**
 * The pause after the given failure in a row (from 1), in milliseconds. A random share of up to a fifth spreads retries
 * of many transfers.
 *
 * @param lost the connection was lost: 0.3 to 1 s first, then 2 s, then the pauses above
 */
export function pauseBeforeRetryMs(failure: number, lost = false): number {
  if (lost && failure === 1) return Math.round(300 + 700 * Math.random());
  const pause = lost && failure === 2 ? SECOND_AFTER_LOSS_MS : PAUSES_MS[failure - (lost ? 3 : 1)];
  return Math.round((pause ?? LONGEST_PAUSE_MS) * (0.8 + 0.4 * Math.random()));
}

/** While a service is down, one probe asks for all waiting attempts, so it may ask more often than a single attempt. */
const PROBE_PAUSES_MS = [2000, 4000, 8000, 15_000];

/** The pause before the next probe of a service that is down, after this many failed probes (from 1). */
export function pauseBeforeProbeMs(failedProbes: number): number {
  return Math.round((PROBE_PAUSES_MS[failedProbes - 1] ?? LONGEST_PAUSE_MS) * (0.8 + 0.4 * Math.random()));
}

/** True when there is no answer because the connection was lost; false for timeouts and for all answers. */
export function isLostConnection({ details, cause }: FerryError): boolean {
  if (details[CONNECTION_LOST] === true) return true;
  const { closeCode, reason } = details;
  if (typeof closeCode === 'number') return LOST_BY_CLOSING.has(closeCode);
  return LOST.has(typeof reason === 'string' ? reason : (systemCode(cause) ?? ''));
}
