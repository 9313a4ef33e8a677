import { workflowInfo } from '@temporalio/workflow';

/**
 * Largest history of one run of the workflow. Temporal terminates a workflow at 51,200 events or 50 MB, and a worker
 * that takes the job over reads the whole history. A page of 50 files takes about 15 events.
 */
const FULL = { events: 8000, bytes: 12_000_000 } as const;

/**
 * The server's default threshold for suggesting a new run. An earlier suggestion means that the server is configured
 * for shorter histories.
 */
const USUAL_SUGGESTION = { events: 4096, bytes: 4 * 1024 * 1024 } as const;

/** True when the workflow should continue as new. */
export function isHistoryFull(): boolean {
  const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
  const isLarge = historyLength >= FULL.events || historySize >= FULL.bytes;
  const isEarly = historyLength < USUAL_SUGGESTION.events && historySize < USUAL_SUGGESTION.bytes;
  return isLarge || (continueAsNewSuggested && isEarly);
}
