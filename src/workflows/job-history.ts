import { workflowInfo } from '@temporalio/workflow';

/**
 * A run of the workflow ends before its history is larger: Temporal ends a workflow at 51,200 events or 50 MB, and
 * reads the history again whenever a worker takes the job over. A page of 50 files takes about 15 events.
 */
const FULL = { events: 8000, bytes: 12_000_000 } as const;

/** What the server suggests by default; an earlier suggestion means that this server is set to allow less. */
const USUAL_SUGGESTION = { events: 4096, bytes: 4 * 1024 * 1024 } as const;

/** True when the workflow should continue as new. */
export function isHistoryFull(): boolean {
  const { historyLength, historySize, continueAsNewSuggested } = workflowInfo();
  const isLarge = historyLength >= FULL.events || historySize >= FULL.bytes;
  const isEarly = historyLength < USUAL_SUGGESTION.events && historySize < USUAL_SUGGESTION.bytes;
  return isLarge || (continueAsNewSuggested && isEarly);
}
