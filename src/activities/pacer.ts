import { FerryError, isFerryError } from '../errors';
import { withoutPaths } from '../errors/without-paths';
import { pauseBeforeRetryMs } from './backoff';

/** Failures in a row, without a success between, after which a service counts as down for the whole worker. */
const FAILURES_UNTIL_DOWN = 3;

/** A try that takes longer moves bytes, or is about to be ended by its own watchdogs: nobody waits for a large file. */
const LONGEST_PROBE_MS = 30_000;

interface Probe {
  /** Monotonic milliseconds. */
  readonly beganAt: number;
}

interface Service {
  /** Tries under way. */
  running: number;
  failures: number;
  /** Failures of which each began after the one before: what many meet at once is one trouble, and waits as one. */
  troubles: number;
  /** Monotonic milliseconds at which the last trouble was met. */
  troubleAt: number;
  last: FerryError | null;
  /** Monotonic milliseconds before which nobody tries. */
  nextTryAt: number;
  /** The one try that is let through to find out whether the service is back; null while there is none. */
  probe: Probe | null;
}

/**
 * Paces tries per service and worker, not per transfer: while a service is down one transfer asks it now and then, and
 * all the others are told "still down" without touching it.
 */
export class Pacer {
  private readonly services = new Map<string, Service>();

  async run<T>(service: string, work: () => Promise<T>): Promise<T> {
    const state = this.stateOf(service);
    const beganAt = performance.now();
    const probe = this.enter(state, beganAt);
    state.running += 1;
    try {
      const result = await work();
      state.failures = 0;
      state.troubles = 0;
      state.last = null;
      return result;
    } catch (error) {
      throw this.noteFailure(state, error, beganAt);
    } finally {
      if (probe !== null && state.probe === probe) state.probe = null;
      state.running -= 1;
      // There may be one for each of many consumers: of what goes well nothing is kept.
      if (state.running === 0 && state.failures === 0) this.services.delete(service);
    }
  }

  private stateOf(service: string): Service {
    let state = this.services.get(service);
    if (state === undefined) {
      state = { running: 0, failures: 0, troubles: 0, troubleAt: -Infinity, last: null, nextTryAt: 0, probe: null };
      this.services.set(service, state);
    }
    return state;
  }

  /** The probe that this try is; null while the service is not down. */
  private enter(state: Service, now: number): Probe | null {
    if (state.failures < FAILURES_UNTIL_DOWN || state.last === null) return null;
    const waitMs = state.nextTryAt - now;
    const isProbed = state.probe !== null && now - state.probe.beganAt < LONGEST_PROBE_MS;
    if (waitMs > 0 || isProbed) {
      const { code, message } = state.last;
      // The object in the message is that of the transfer which asked: it would mislead whoever reads it for another.
      throw new FerryError(code, withoutPaths(message, ''), {
        retryAfterMs: Math.max(waitMs, 1000) * (1 + Math.random() / 2),
      });
    }
    state.probe = { beganAt: now };
    return state.probe;
  }

  private noteFailure(state: Service, error: unknown, beganAt: number): unknown {
    if (!isFerryError(error) || error.row.service !== 'away') return error;
    state.failures += 1;
    state.last = error;
    const now = performance.now();
    const isNews = beganAt >= state.troubleAt;
    if (isNews) {
      state.troubles += 1;
      state.troubleAt = now;
    }
    const pause = Math.max(pauseBeforeRetryMs(state.troubles), error.retryAfterMs ?? 0);
    state.nextTryAt = isNews ? now + pause : Math.min(state.nextTryAt, now + pause);
    const { code, message, details, cause } = error;
    return new FerryError(code, message, { retryAfterMs: pause + 1, details, cause });
  }
}
