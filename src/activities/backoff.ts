import type { FerryError } from '../errors';
import { systemCode } from '../lib/system-code';
import { CONNECTION_LOST } from '../liveperson';

/** LivePerson advises 5, 10 and 15 s (API guidelines, "Retry Policy Recommendations"); then Ferry stays at 30 s. */
const PAUSES_MS = [5000, 10_000, 15_000];
const LONGEST_PAUSE_MS = 30_000;

/** That advice is for errors that a service answers. A lost connection is tried again sooner first, then as above. */
const SECOND_AFTER_LOSS_MS = 2000;

/** System and socket codes of a connection that was made, or had been possible, and is gone. */
const LOST = new Set(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'UND_ERR_SOCKET']);

/** WebSocket close codes of a server that goes away, of a line that broke, and of a fault in the server. */
const LOST_BY_CLOSING = new Set([1001, 1006, 1011]);

/**
 * The pause after the given failure in a row (from 1), in milliseconds, spread by a fifth to both sides so that many do
 * not come back at once.
 *
 * @param lost the connection was lost: 0.3 to 1 s first, then 2 s, then as after an answered error
 */
export function pauseBeforeRetryMs(failure: number, lost = false): number {
  if (lost && failure === 1) return Math.round(300 + 700 * Math.random());
  const pause = lost && failure === 2 ? SECOND_AFTER_LOSS_MS : PAUSES_MS[failure - (lost ? 3 : 1)];
  return Math.round((pause ?? LONGEST_PAUSE_MS) * (0.8 + 0.4 * Math.random()));
}

/** While a service is down one request asks on behalf of all that wait, so it may ask sooner than each of them alone. */
const PROBE_PAUSES_MS = [2000, 4000, 8000, 15_000];

/** The pause before a service that is down is asked again, after this many failed probes (from 1: the first failures). */
export function pauseBeforeProbeMs(failedProbes: number): number {
  return Math.round((PROBE_PAUSES_MS[failedProbes - 1] ?? LONGEST_PAUSE_MS) * (0.8 + 0.4 * Math.random()));
}

/** True when the service did not answer because the connection went away: not for timeouts, nor for answers of any kind. */
export function isLostConnection({ details, cause }: FerryError): boolean {
  if (details[CONNECTION_LOST] === true) return true;
  const { closeCode, reason } = details;
  if (typeof closeCode === 'number') return LOST_BY_CLOSING.has(closeCode);
  return LOST.has(typeof reason === 'string' ? reason : (systemCode(cause) ?? ''));
}
