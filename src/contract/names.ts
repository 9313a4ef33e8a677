/** Names that both sides of Temporal use: task queues, workflows, search attributes, commands. */

/** Workflows, and the activities that any worker can run. */
export const SHARED_QUEUE = 'ferry';

/**
 * Activities of consumer workflows (tokens and conversations), on any worker. A queue of their own, because attempts on
 * `ferry` wait for answers of consumer workflows: if these attempts took all slots, the answers could never come.
 */
export const CONSUMER_QUEUE = 'ferry-consumer';

/** Short activities that need the host's files. */
export function hostQueue(host: string): string {
  return `ferry-host.${host}`;
}

/** Activities that move bytes on a host. */
export function ioQueue(host: string): string {
  return `ferry-io.${host}`;
}

export const WORKFLOW = {
  transfer: 'transfer',
  fetch: 'fetchFile',
  consumer: 'consumer',
  limits: 'limits',
  job: 'job',
  launcher: 'launcher',
  notices: 'notices',
} as const;

/**
 * The id of a consumer's entity workflow, which holds the sealed token and the open conversation.
 *
 * @param consumer its name, or the hash of its name where payloads are sealed
 */
export function consumerWorkflowId(account: string, consumer: string): string {
  return `ferry-consumer/${account}/${consumer}`;
}

/** Search attributes, all of type Keyword. The engine registers them; a cluster needs them once (docs). */
export const SEARCH_ATTRIBUTES = {
  account: 'FerryAccount',
  consumer: 'FerryConsumer',
  state: 'FerryState',
  step: 'FerryStep',
  conversation: 'FerryConversation',
  batch: 'FerryBatch',
} as const;

/** Query of a transfer or fetch: its exact state as the workflow knows it, as a {@link WorkflowView}. */
export const VIEW_QUERY = 'view';

/**
 * Commands to a transfer or fetch. Each is an update (validated before it enters history) and a signal of the same name
 * and meaning (durable, applied if still valid) for when no worker answers.
 */
export const COMMAND = { pause: 'pause', resume: 'resume', retry: 'retry' } as const;

/**
 * Update of a transfer: is the file on its host still the file that the transfer has uploaded? The answer is a
 * {@link Comparison}.
 */
export const COMPARE_UPDATE = 'compare';

export type CommandName = keyof typeof COMMAND;

/** Memo field with the last {@link TransferError} that parked a transfer: readable in a list, and without a worker. */
export const PARKED_MEMO = 'parked';

/**
 * Signal that comes before a request to cancel, which itself can carry neither a person nor a reason that Temporal does
 * not keep in clear. Its input is an {@link Asked}.
 */
export const CANCEL_NOTE = 'cancelNote';

/** Memo field with the last {@link CommandGiven}: readable without a worker. */
export const COMMAND_MEMO = 'command';

/** Memo field with the {@link Receipt} of a closed transfer or fetch, so that a list needs no history. */
export const RECEIPT_MEMO = 'receipt';

/**
 * The namespace of an earlier version on the embedded server. Its payloads are in clear, so this version refuses them.
 */
export const CLEAR_NAMESPACE = 'ferry';

/** The namespace that Ferry makes for itself on the embedded server; its payloads are sealed. */
export const EMBEDDED_NAMESPACE = 'ferry-sealed';

/** How long closed workflows are kept, and so how long a repeated send is recognised. */
export const RETENTION_DAYS = 30;
