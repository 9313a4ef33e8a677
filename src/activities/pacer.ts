import { FerryError, isFerryError } from '../errors';
import { withoutPaths } from '../lib/without-paths';
import { isLostConnection, pauseBeforeProbeMs, pauseBeforeRetryMs } from './backoff';

/** After this many failures in a row, a service counts as down for the whole worker. */
const FAILURES_UNTIL_DOWN = 3;

/** After this time the next probe may start: a longer probe moves bytes, or a timeout of its own will end it soon. */
const LONGEST_PROBE_MS = 30_000;

/**
 * The most attempts of one group that may wait inside the worker. Each holds an activity slot of the worker, so a group
 * that is down must leave most slots to others.
 */
const MOST_WAITING = 16;

/** The longest pause before the retry of an attempt that may not wait inside. */
const LONGEST_STAY_AWAY_MS = 20_000;

/** When a service is back, the waiting attempts go on within this time, spread out. */
const LONGEST_SPREAD_MS = 2000;

/** A service of a group. A 429 of one service holds back all services of its group. */
export interface PacedService {
  /** The account, or the storage's origin. */
  readonly group: string;
  /** For people as well: "waits for messaging". */
  readonly name: string;
  /** True for a consumer's workflow, which passes on refusals that its own service counts. */
  readonly passesOn?: boolean;
}

/** An attempt that can wait inside the worker for a service to be back. */
export interface WaitingAttempt {
  /** From 1. */
  readonly number: number;
  readonly signal: AbortSignal;
  /** Shown to people while the attempt waits; null: it goes on. */
  waitFor(what: string | null): void;
}

interface Probe {
  /** Monotonic milliseconds. */
  readonly beganAt: number;
}

interface Service {
  readonly group: Group;
  /** Running tries. */
  running: number;
  failures: number;
  /** Failures that began after the pause of the failure before. Failures at the same time are one trouble. */
  troubles: number;
  last: FerryError | null;
  /** Monotonic milliseconds before which nobody tries. */
  nextTryAt: number;
  /** The one try that may ask whether the service is back; null while there is none. */
  probe: Probe | null;
  /** Attempts that wait inside, in the order in which they came. */
  readonly waiting: (() => void)[];
  timer: NodeJS.Timeout | undefined;
}

interface Group {
  /** Monotonic milliseconds before which nothing goes out, because the service asked for fewer requests. */
  heldUntil: number;
  waiting: number;
}

/**
 * Paces tries per service and worker, not per transfer. While a service is down, one transfer probes it now and then.
 * The other transfers wait inside the worker, and go on within seconds after a successful probe.
 *
 * The first attempt of an activity never waits inside: it fails with the service's error, so that Temporal can show
 * people the reason. The next attempt follows soon and waits.
 */
export class Pacer {
  private readonly services = new Map<string, Service>();
  private readonly groups = new Map<string, Group>();
  private readonly onThrottled: (asked: PacedService) => void;

  /** @param onThrottled called for each answer that asks for fewer requests (429) */
  constructor(onThrottled: (asked: PacedService) => void = () => undefined) {
    this.onThrottled = onThrottled;
  }

  /**
   * Runs the work when its service may be asked.
   *
   * @param attempt absent: it cannot wait inside, and fails at once while the service is down
   * @throws the work's error; the service's last error while it is down; the signal's reason
   */
  async run<T>(asked: PacedService, work: () => Promise<T>, attempt?: WaitingAttempt): Promise<T> {
    const service = this.serviceOf(asked);
    service.running += 1;
    try {
      const probe = await this.admit(service, asked, attempt);
      const beganAt = performance.now();
      try {
        const result = await work();
        this.noteSuccess(service);
        return result;
      } catch (error) {
        if (isFerryError(error) && error.code === 'THROTTLED' && asked.passesOn !== true) this.onThrottled(asked);
        throw this.noteFailure(service, error, beganAt);
      } finally {
        if (probe !== null && service.probe === probe) service.probe = null;
        this.wakeLater(service);
      }
    } finally {
      service.running -= 1;
      this.forgetIfWell(asked, service);
    }
  }

  /**
   * Waits inside the worker until the service may be asked, without asking it: for work that must not hold a byte slot
   * meanwhile. Call `run` afterwards.
   *
   * @throws as `run` does while the service is down
   */
  async ready(asked: PacedService, attempt: WaitingAttempt): Promise<void> {
    const service = this.serviceOf(asked);
    service.running += 1;
    try {
      while (this.turn(service) === 'later') await this.wait(service, asked, attempt);
    } finally {
      service.running -= 1;
      this.forgetIfWell(asked, service);
    }
  }

  private serviceOf({ group: groupName, name }: PacedService): Service {
    const key = keyOf(groupName, name);
    const known = this.services.get(key);
    if (known !== undefined) return known;
    const group = this.groups.get(groupName) ?? { heldUntil: 0, waiting: 0 };
    this.groups.set(groupName, group);
    const service: Service = {
      group,
      running: 0,
      failures: 0,
      troubles: 0,
      last: null,
      nextTryAt: 0,
      probe: null,
      waiting: [],
      timer: undefined,
    };
    this.services.set(key, service);
    return service;
  }

  /** Drops the state of working services, because there may be one for each of many consumers. */
  private forgetIfWell({ group, name }: PacedService, service: Service): void {
    if (service.running > 0 || service.failures > 0 || service.group.heldUntil > performance.now()) return;
    this.services.delete(keyOf(group, name));
    if (![...this.services.values()].some((other) => other.group === service.group)) this.groups.delete(group);
  }

  /** Resolves when a try may begin: with a probe when the service is down, else with null. */
  private async admit(service: Service, asked: PacedService, attempt?: WaitingAttempt): Promise<Probe | null> {
    for (;;) {
      const turn = this.turn(service);
      if (turn === 'free') return null;
      if (turn === 'probe') {
        service.probe = { beganAt: performance.now() };
        return service.probe;
      }
      await this.wait(service, asked, attempt);
    }
  }

  /** Whether a try may begin now, may begin as the probe of a service that is down, or must wait. */
  private turn({ failures, group, nextTryAt, probe }: Service): 'free' | 'probe' | 'later' {
    const now = performance.now();
    if (now < group.heldUntil) return 'later';
    if (failures < FAILURES_UNTIL_DOWN) return 'free';
    const isProbed = probe !== null && now - probe.beganAt < LONGEST_PROBE_MS;
    return now < nextTryAt || isProbed ? 'later' : 'probe';
  }

  /**
   * Waits until this attempt may ask again.
   *
   * @throws the service's last error for a first attempt, or when too many wait already; the signal's reason
   */
  private async wait(service: Service, { name }: PacedService, attempt?: WaitingAttempt): Promise<void> {
    const isFull = service.group.waiting >= MOST_WAITING;
    if (attempt === undefined || attempt.number === 1 || isFull) throw stillDown(service, isFull);
    const { signal } = attempt;
    signal.throwIfAborted();
    let aborted = (): void => undefined;
    service.group.waiting += 1;
    attempt.waitFor(name);
    try {
      await new Promise<void>((resolve, reject) => {
        aborted = () => {
          service.waiting.splice(service.waiting.indexOf(resolve), 1);
          this.wakeLater(service);
          reject(signal.reason as Error);
        };
        signal.addEventListener('abort', aborted, { once: true });
        service.waiting.push(resolve);
        this.wakeLater(service);
      });
    } finally {
      signal.removeEventListener('abort', aborted);
      service.group.waiting -= 1;
      attempt.waitFor(null);
    }
  }

  /** Wakes the attempt that has waited longest when the service may be asked again. */
  private wakeLater(service: Service): void {
    clearTimeout(service.timer);
    if (service.waiting.length === 0) return;
    const { nextTryAt, probe, group } = service;
    const probeEndsAt = probe === null ? 0 : probe.beganAt + LONGEST_PROBE_MS;
    const delayMs = Math.max(nextTryAt, group.heldUntil, probeEndsAt) - performance.now();
    service.timer = setTimeout(
      () => {
        service.waiting.shift()?.();
        this.wakeLater(service);
      },
      Math.max(delayMs, 0),
    ).unref();
  }

  private noteSuccess(service: Service): void {
    service.failures = 0;
    service.troubles = 0;
    service.last = null;
    service.nextTryAt = 0;
    const released = service.waiting.splice(0);
    const spreadMs = Math.min(LONGEST_SPREAD_MS, released.length * 100);
    for (const release of released) setTimeout(release, Math.random() * spreadMs).unref();
  }

  private noteFailure(service: Service, error: unknown, beganAt: number): unknown {
    if (!isFerryError(error) || error.row.service !== 'away') return error;
    service.failures += 1;
    service.last = error;
    const now = performance.now();
    const isNews = beganAt >= service.nextTryAt;
    if (isNews) service.troubles += 1;
    const lost = isLostConnection(error);
    const pause = Math.max(pauseBeforeRetryMs(service.troubles, lost), error.retryAfterMs ?? 0);
    const probeIn = Math.max(Math.min(pauseBeforeProbeMs(service.troubles), pause), error.retryAfterMs ?? 0);
    service.nextTryAt = isNews ? now + probeIn : Math.min(service.nextTryAt, now + probeIn);
    if (error.code === 'THROTTLED') {
      service.group.heldUntil = Math.max(service.group.heldUntil, now + (error.retryAfterMs ?? 1000));
    }
    const { code, message, details, cause } = error;
    // When the service counts as down, the next attempt may start at once, because it waits inside.
    const isDown = service.failures >= FAILURES_UNTIL_DOWN && error.retryAfterMs === undefined;
    return new FerryError(code, message, { retryAfterMs: isDown ? soon() : pause + 1, details, cause });
  }
}

function keyOf(group: string, name: string): string {
  return JSON.stringify([group, name]);
}

/** The error of an attempt that does not wait inside. */
function stillDown({ last, group, nextTryAt }: Service, isFull: boolean): FerryError {
  const waitMs = Math.max(nextTryAt, group.heldUntil) - performance.now();
  const staysAwayMs = Math.min(Math.max(waitMs, 1000) * (1 + Math.random() / 2), LONGEST_STAY_AWAY_MS);
  const options = { retryAfterMs: isFull ? staysAwayMs : soon() };
  if (last === null) {
    return new FerryError(
      'THROTTLED',
      'The service asked for fewer requests; this one has not been sent yet.',
      options,
    );
  }
  // The path in the message belongs to another transfer, and would mislead the reader.
  return new FerryError(last.code, withoutPaths(last.message, ''), options);
}

function soon(): number {
  return 300 + Math.round(500 * Math.random());
}
