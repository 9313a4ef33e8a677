/** Limits for requests: every request to a service first passes a gate. */

/** A place under a limit, held while one request is under way. */
export interface Permit {
  /** Fires when the place is withdrawn: the request must be aborted. */
  readonly signal: AbortSignal;
  /** Call it when the service has answered 429. */
  refused(retryAfterMs?: number): void;
  /** Resolves with the number of bytes that may move now, at most `wanted`. Rejects with the reason of the signal. */
  bytes(wanted: number): Promise<number>;
  /** @param answered false: the request was aborted, and the service may count it for a moment longer */
  release(answered: boolean): void;
}

export interface Gate {
  /** Resolves when a request may leave. Rejects with the reason of the signal. */
  enter(signal?: AbortSignal): Promise<Permit>;
}

/** Both signals in one. */
export function eitherSignal(first: AbortSignal | undefined, second: AbortSignal | undefined): AbortSignal | undefined {
  if (first === undefined || second === undefined) return first ?? second;
  return AbortSignal.any([first, second]);
}
