import { hasTerminal, startedByNohup } from '../lib/hang-up';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Calls `onFirst` at the first signal that asks to end, `onAgain` at each further one. A hang-up counts only
 * where there is a terminal that can hang up, and not under nohup. Returns how to stop listening.
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
