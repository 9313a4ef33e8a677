/** LivePerson advises 5, 10 and 15 s (API guidelines, "Retry Policy Recommendations"); then Ferry stays at 30 s. */
const PAUSES_MS = [5000, 10_000, 15_000];
const LONGEST_PAUSE_MS = 30_000;

/** The pause after the given attempt (from 1), spread by a fifth to both sides so that many do not come back as one. */
export function pauseBeforeRetryMs(attempt: number): number {
  const pause = PAUSES_MS[attempt - 1] ?? LONGEST_PAUSE_MS;
  return Math.round(pause * (0.8 + 0.4 * Math.random()));
}
