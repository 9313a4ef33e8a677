const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/** Calls `onFirst` at the first signal that asks to end, `onAgain` at each further one. Returns how to stop listening. */
export function onEndSignals(onFirst: (signal: string) => void, onAgain: () => void): () => void {
  let seen = false;
  const listener = (signal: NodeJS.Signals): void => {
    if (seen) return onAgain();
    seen = true;
    onFirst(signal);
  };
  for (const signal of SIGNALS) process.on(signal, listener);
  return () => {
    for (const signal of SIGNALS) process.off(signal, listener);
  };
}
