import {
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { PARKED_MEMO, SEARCH_ATTRIBUTES, STEPS, VIEW_QUERY, type Step, type WorkflowView } from '../contract';
import { toMarkdown } from './view-markdown';

const stateKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const stepKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.step, 'KEYWORD');
const conversationKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.conversation, 'KEYWORD');

/** Steps that can last: only these are worth an event in history to make them searchable. */
const SEARCHABLE_STEPS: readonly Step[] = ['upload', 'publish', 'fetch'];

type Changes = Partial<Omit<WorkflowView, 'transferId' | 'startedAt'>>;

/** The one place that knows a transfer's state: answers the query, and writes what Temporal's own UI shows. */
export interface ViewKeeper {
  readonly now: WorkflowView;
  set(changes: Changes): void;
  note(text: string): void;
}

export function keepView(
  initial: Pick<WorkflowView, 'transferId' | 'account' | 'consumer' | 'host' | 'source' | 'sizeBytes' | 'step'>,
  steps: readonly Step[] = STEPS,
): ViewKeeper {
  let view: WorkflowView = {
    ...initial,
    state: 'running',
    conversationId: null,
    sequence: null,
    published: false,
    urlRenewals: 0,
    startedAt: workflowInfo().startTime.toISOString(),
    nextTryAt: null,
    error: null,
    notes: [],
  };
  setHandler(defineQuery<WorkflowView>(VIEW_QUERY), () => view);
  const show = oncePerTurn(() => setCurrentDetails(toMarkdown(view, steps)));
  show();
  return {
    get now() {
      return view;
    },
    set(changes) {
      const pairs = searchable(view, changes);
      const before = view.error;
      const changed = changes.state !== undefined && changes.state !== view.state;
      view = { ...view, ...changes, ...(changed ? { stateSince: new Date().toISOString() } : {}) };
      show();
      if (pairs.length > 0) upsertSearchAttributes(pairs);
      if (view.state === 'parked' && view.error !== before) upsertMemo({ [PARKED_MEMO]: view.error });
    },
    note(text) {
      if (!view.notes.includes(text)) this.set({ notes: [...view.notes, text] });
    },
  };
}

/** Several changes in one turn of the workflow are shown as one. */
function oncePerTurn(work: () => void): () => void {
  let due = false;
  return () => {
    if (due) return;
    due = true;
    void Promise.resolve().then(() => {
      due = false;
      work();
    });
  };
}

function searchable(before: WorkflowView, changes: Changes): SearchAttributePair[] {
  const pairs: SearchAttributePair[] = [];
  const step = changes.step ?? before.step;
  const stateChanges = changes.state !== undefined && changes.state !== before.state;
  if (stateChanges) pairs.push({ key: stateKey, value: changes.state });
  if (step !== before.step && SEARCHABLE_STEPS.includes(step)) {
    pairs.push({ key: stepKey, value: step });
    if (before.conversationId !== null && step === 'upload')
      pairs.push({ key: conversationKey, value: before.conversationId });
  } else if (stateChanges) {
    // It costs no event of its own, and whoever asks when no worker answers, or after the end, is told where it stands.
    pairs.push({ key: stepKey, value: step });
  }
  return pairs;
}
