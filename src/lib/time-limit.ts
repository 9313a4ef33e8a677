/**
 * A signal that fires after `ms` with a TimeoutError, or together with `signal`.
 *
 * Not `AbortSignal.any([signal, AbortSignal.timeout(ms)])`: only the timer refers to such a signal, and the reference
 * is weak. So Node 20 collects the signal as garbage, and the limit never fires.
 */
export function timeLimit(ms: number, signal?: AbortSignal): AbortSignal {
  const limit = new AbortController();
  // The timer holds the controller until it fires. It must not keep a process alive.
  setTimeout(() => limit.abort(new DOMException(`No end within ${ms} ms.`, 'TimeoutError')), ms).unref();
  return signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]);
}
