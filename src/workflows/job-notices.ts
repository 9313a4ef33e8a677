import type { JobView, Notice } from '../contract';
import { noticeFor } from './tell';

/** The notices at the end of a job: its end, and the failed or parked lines by code. */
export function jobNotices({ account, jobId, counts, reasons }: Omit<JobView, 'slowest'>): readonly Notice[] {
  const numbers = [
    `${counts.done} done`,
    ...(['skipped', 'failed', 'parked'] as const)
      .filter((state) => counts[state] > 0)
      .map((state) => `${counts[state]} ${state}`),
  ];
  const text = `Files: ${numbers.join(', ')}.`;
  const broken = reasons.flatMap(({ state, code, lines }) =>
    state === 'failed' || state === 'parked' ? [noticeFor(state, account, code, lines, [jobId])] : [],
  );
  return [{ account, reason: 'jobFinished', count: 1, code: null, ids: [jobId], text }, ...broken];
}
