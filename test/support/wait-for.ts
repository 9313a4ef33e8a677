/**
 * Polls until `look` gives something else than undefined; fails after a bound, so that no test waits forever. The bound
 * is generous, because other suites use the machine at the same time.
 */
export async function waitFor<T>(look: () => Promise<T | undefined> | T | undefined, withinMs = 45_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen !== undefined) return seen;
    if (performance.now() > end) throw new Error(`waited ${withinMs} ms for a condition that did not come`);
    await new Promise((resolve) => {
      setTimeout(resolve, 25);
    });
  }
}
