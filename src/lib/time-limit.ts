/**
 * A signal that fires after `ms` with a TimeoutError, or together with `signal`.
 *
 * Not `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: nothing but the timer refers to such a timeout, and its timer
 * does so weakly. Node 20 collects it as garbage, and the limit never comes.
 */
export function timeLimit(ms: number, signal?: AbortSignal): AbortSignal {
  const limit = new AbortController();
  // The timer holds the controller until it fires. It must not keep a process alive.
  setTimeout(() => limit.abort(new DOMException(`No end within ${ms} ms.`, 'TimeoutError')), ms).unref();
  return signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
}
