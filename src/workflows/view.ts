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
  setCurrentDetails(toMarkdown(view, steps));
  return {
    get now() {
      return view;
    },
    set(changes) {
      const pairs = searchable(view, changes);
      const before = view.error;
      const changed = changes.state !== undefined && changes.state !== view.state;
      view = { ...view, ...changes, ...(changed ? { stateSince: new Date().toISOString() } : {}) };
      setCurrentDetails(toMarkdown(view, steps));
      if (pairs.length > 0) upsertSearchAttributes(pairs);
      if (view.state === 'parked' && view.error !== before) upsertMemo({ [PARKED_MEMO]: view.error });
    },
    note(text) {
      if (!view.notes.includes(text)) this.set({ notes: [...view.notes, text] });
    },
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

function toMarkdown(view: WorkflowView, steps: readonly Step[]): string {
  const at = steps.indexOf(view.step);
  const marks = steps.map((step, index) => {
    if (view.state === 'done' || index < at) return `- [x] ${step}`;
    return index === at ? `- **${step}** (${view.state})` : `- ${step}`;
  });
  const lines = [
    `**${view.source}** to account **${view.account}** as consumer **${view.consumer}**, from host ${view.host}`,
    '',
    ...marks,
    '',
  ];
  if (view.conversationId !== null) lines.push(`Conversation ${view.conversationId}`);
  if (view.sequence !== null) lines.push(`Published as message ${view.sequence}`);
  if (view.urlRenewals > 0) lines.push(`Upload or download link renewed ${view.urlRenewals} times (no retry)`);
  if (view.error !== null) lines.push('', `**${view.error.code}**: ${view.error.message}`, '', view.error.remedy);
  if (view.state === 'parked') lines.push('', `Then: \`ferry retry ${view.transferId}\``);
  if (view.state === 'paused') lines.push('', `A person paused it. To go on: \`ferry resume ${view.transferId}\``);
  if (view.nextTryAt !== null) lines.push(`Next try at ${view.nextTryAt}`);
  lines.push(...view.notes.map((text) => `> ${text}`));
  return lines.join('\n');
}
