import {
  defineQuery,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import {
  PARKED_MEMO,
  RECEIPT_MEMO,
  SEARCH_ATTRIBUTES,
  STEPS,
  VIEW_QUERY,
  type Receipt,
  type Step,
  type WorkflowView,
} from '../contract';
import { toMarkdown } from './view-markdown';

const stateKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.state, 'KEYWORD');
const stepKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.step, 'KEYWORD');
const conversationKey = defineSearchAttributeKey(SEARCH_ATTRIBUTES.conversation, 'KEYWORD');

type Changes = Partial<Omit<WorkflowView, 'transferId' | 'startedAt'>>;

/** Keeps a transfer's state, answers the query, and writes the texts of Temporal's UI. */
export interface ViewKeeper {
  readonly now: WorkflowView;
  set(changes: Changes): void;
  note(text: string): void;
  /** The last change; also puts the receipt into the memo, for lists. */
  end(changes: Changes, receipt: Receipt | null): void;
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
    end(changes, receipt) {
      this.set(changes);
      if (receipt !== null) upsertMemo({ [RECEIPT_MEMO]: receipt });
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

/** Each upsert is an event, so only a change of state causes one. The other values go with it. */
function searchable(before: WorkflowView, changes: Changes): SearchAttributePair[] {
  const { state, step, conversationId } = { ...before, ...changes };
  if (state === before.state) return [];
  return [
    { key: stateKey, value: state },
    { key: stepKey, value: step },
    ...(conversationId === null ? [] : [{ key: conversationKey, value: conversationId }]),
  ];
}
