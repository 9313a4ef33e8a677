import { hasTerminal, startedByNohup } from '../lib/hang-up';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `onFirst` at the first signal to end, `onAgain` at each further signal. A hang-up counts only where a terminal
 * exists that can hang up, and not under nohup. Returns a function that stops listening.
 */
export function onEndSignals(onFirst: (signal: string) => void, onAgain: () => void): () => void {
  let seen = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (signal === 'SIGHUP' && (startedByNohup(process.env) || !hasTerminal())) return;
    if (seen) return onAgain();
    seen = true;
    onFirst(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
