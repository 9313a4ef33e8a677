/** A service that lives answers within a second; longer, and whoever asked us to stop would wait for an outage. */
const GRACE_MS = 5000;

export interface AnswerGrace {
  /** Aborts with the given one; once something has left, only after a grace. */
  readonly signal: AbortSignal;
  /** To be called when something with an effect leaves. */
  left(): void;
  end(): void;
}

/**
 * A person's pause or cancel should not break off a request whose answer is on its way: then nobody would know whether
 * it had its effect, and would have to look.
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
