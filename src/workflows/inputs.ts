/**
 * What a workflow believes. Anybody who reaches Temporal can start it, signal it, or answer for an activity; and where
 * payloads are sealed, all that Ferry did not seal for its place arrives as something else. An unforeseen value would end
 * in a TypeError, which fails the workflow task for ever: everything is looked at before it is used.
 */
import { ApplicationFailure } from '@temporalio/workflow';
import { isAddressedTo, WORKFLOW } from '../contract';
import type { ErrorCode } from '../errors/table';

const REFUSED: ErrorCode = 'INPUT_REFUSED';

type Kind = 'text' | 'number' | 'list' | 'object' | 'truth';
type Shape = Readonly<Record<string, Kind | `${Kind} or null`>>;

const STARTS: Readonly<Record<string, Shape>> = {
  [WORKFLOW.transfer]: {
    transferId: 'text',
    account: 'text',
    consumer: 'text',
    host: 'text',
    source: 'object',
    caption: 'text',
    conversationId: 'text or null',
    fetchTo: 'text or null',
    verify: 'truth',
    deadlineMs: 'number',
  },
  [WORKFLOW.fetch]: {
    transferId: 'text',
    account: 'text',
    consumer: 'text',
    host: 'text',
    relativePath: 'text',
    target: 'text',
    expected: 'object or null',
    of: 'object or null',
    deadlineMs: 'number',
  },
  [WORKFLOW.consumer]: {
    account: 'text',
    consumer: 'text',
    token: 'object or null',
    conversation: 'object or null',
  },
};

const RESULTS = {
  inspect: { source: 'text', name: 'text', sizeBytes: 'number', fileType: 'text', notes: 'list' },
  enable: { skipped: 'text or null' },
  open: { conversationId: 'text', dialogId: 'text', consumerId: 'text', lastSequence: 'number' },
  requestUploadUrl: { relativePath: 'text', sealed: 'text', expiresAt: 'number' },
  upload: { relativePath: 'text', md5: 'text', urlRenewals: 'number', bytesSent: 'number' },
  publish: {
    sequence: 'number',
    conversationId: 'text',
    dialogId: 'text',
    publishedAt: 'text',
    receiptKept: 'truth',
  },
  requestDownloadUrl: { relativePath: 'text', sealed: 'text', expiresAt: 'number' },
  fetch: { sizeBytes: 'number', md5: 'text', urlRenewals: 'number', bytesFetched: 'number' },
  acquireToken: { sealed: 'text', consumerId: 'text', fingerprint: 'text' },
  resealToken: { sealed: 'text', consumerId: 'text', fingerprint: 'text' },
  ensureConversation: { conversationId: 'text', dialogId: 'text' },
  lookAtConversation: { open: 'truth or null' },
} as const satisfies Readonly<Record<string, Shape>>;

/** The input of a workflow of this type. Anything else ends the workflow: INPUT_REFUSED. */
export function checkedStart<Input extends object>(workflow: string, given: Input): Input {
  if (isAddressedTo(workflow, given) && hasShape(given, STARTS[workflow] ?? {})) return given;
  throw refused(`The workflow ${workflow} was started with an input that this Ferry did not make for it.`);
}

/** For validators of updates: refuses one that was not made for the update of this name. */
export function checkAddressed(name: string, given: unknown): void {
  if (!isAddressedTo(name, given))
    throw refused(`The update ${name} came with an input that this Ferry did not make for it.`);
}

/** What an activity gave. INPUT_REFUSED, as if the activity had failed for good, when it cannot be an answer of ours. */
export async function checkedResult<Result>(activity: keyof typeof RESULTS, given: Promise<Result>): Promise<Result> {
  const result = await given;
  const nothing = activity === 'publish' && result === null;
  if (nothing || hasShape(result, RESULTS[activity])) return result;
  throw refused(`The step ${activity} got an answer that no worker of this Ferry gave.`);
}

function hasShape(value: unknown, shape: Shape): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return Object.entries(shape).every(([name, kind]) => {
    const found = fields[name];
    return found === null || found === undefined ? kind.endsWith(' or null') : is(found, kind.split(' ')[0]);
  });
}

function is(value: unknown, kind: string | undefined): boolean {
  if (kind === 'text') return typeof value === 'string';
  if (kind === 'truth') return typeof value === 'boolean';
  if (kind === 'list') return Array.isArray(value);
  return typeof value === kind;
}

function refused(message: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(message, REFUSED);
}
