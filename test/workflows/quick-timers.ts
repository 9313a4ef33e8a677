import type { WorkflowInterceptors } from '@temporalio/workflow';

/** Workflows of a test that asks for this module pass their durable timers so many times faster. */
export const FASTER = 60_000;

export const interceptors = (): WorkflowInterceptors => ({
  outbound: [
    {
      startTimer: (input, next) => next({ ...input, durationMs: Math.ceil(input.durationMs / FASTER) }),
    },
  ],
});
