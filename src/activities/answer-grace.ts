/** A working service answers within a second. A longer grace would make a pause or cancel wait for an outage. */
const GRACE_MS = 5000;

export interface AnswerGrace {
  /** Aborts together with the given signal, or, once a request has left, after the grace. */
  readonly signal: AbortSignal;
  /** Call it when a request with an effect leaves. */
  left(): void;
  end(): void;
}

/**
 * Delays an abort while an answer is on its way. Without it, a person's pause or cancel would leave open whether the
 * request had its effect, and the next attempt would have to look.
 */
export function graceForAnswer(outer: AbortSignal): AnswerGrace {
  const own = new AbortController();
  let hasLeft = false;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    if (hasLeft) timer = setTimeout(() => own.abort(outer.reason), GRACE_MS);
    else own.abort(outer.reason);
  };
  if (outer.aborted) stop();
  else outer.addEventListener('abort', stop, { once: true });
  return {
    signal: own.signal,
    left() {
      hasLeft = true;
    },
    end() {
      clearTimeout(timer);
      outer.removeEventListener('abort', stop);
    },
  };
}
