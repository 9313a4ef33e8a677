import { posix, resolve } from 'node:path';
import { defineSearchAttributeKey, type SearchAttributePair } from '@temporalio/common';
import { FerryError } from '../errors';
import {
  askedOf,
  choicesOf,
  LONGEST_CAPTION,
  PRIORITY,
  SEARCH_ATTRIBUTES,
  SHARED_QUEUE,
  WORKFLOW,
  type Step,
  type TransferInput,
} from '../contract';
import { transferIdOf } from '../contract/transfer-id';
import { startOrAttach } from './already-sent';
import { askedBy } from './asked';
import type { ClientContext } from './context';
import { isAlreadyStarted, toClientError } from './failures';
import type { StartMemo } from './memo';
import { baseName, checkId } from './transfer-id';
import type { StartedTransfer, TransferRequest } from './types';

/** Seven days. */
const DEFAULT_DEADLINE_MS = 7 * 24 * 3_600_000;

/**
 * Starts a transfer, or attaches to an equal transfer that runs or is done.
 *
 * @throws {FerryError} USAGE, CAPTION_TOO_LONG, SOURCE_MISSING, SOURCE_UNREADABLE, NOT_A_FILE, NOT_CONFIGURED,
 *   TEMPORAL_UNREACHABLE
 */
export async function startTransfer(context: ClientContext, request: TransferRequest): Promise<StartedTransfer> {
  return await startOrAttach(context, await transferInput(context, request), (input, reuse) => {
    const { transferId, account, consumer, host, source } = input;
    return launch(context, {
      type: WORKFLOW.transfer,
      workflowId: transferId,
      input,
      memo: { source: source.path, host, sizeBytes: source.sizeBytes, ...askedOf(input) } satisfies StartMemo,
      priority: request.urgency ?? 'many',
      keywords: { account, consumer: context.server.shown(account, consumer), step: 'inspect' satisfies Step },
      summary: `${baseName(source.path)} to ${account} as ${consumer}`,
      details: detailsOf(input),
      // A transfer that failed surely sent nothing (else it would have closed as completed), so it may run again.
      reuse,
    });
  });
}

/** The input of the transfer that a request asks for; looks at the file when it lies on this machine. */
async function transferInput(context: ClientContext, request: TransferRequest): Promise<TransferInput> {
  const { account, consumer, conversationId = null } = request;
  const choices = choicesOf(request);
  const { caption } = choices;
  for (const name of ['account', 'consumer', 'file'] as const) requireText(name, request[name]);
  if (Array.from(caption).length > LONGEST_CAPTION) {
    throw new FerryError('CAPTION_TOO_LONG', `The caption has more than ${LONGEST_CAPTION} characters.`);
  }
  const deadlineMs = deadlineOf(request);
  const host = request.host ?? context.hostId;
  const { name, ...source } = await sourceOf(context, host, request.file);
  const { path, sizeBytes, mtimeMs } = source;
  const made = { account, consumer, conversationId, host, path, name, sizeBytes, mtimeMs, caption };
  const usual = transferIdOf(made, context.server.sealed);
  const id = request.id ?? (request.again === undefined ? usual : `${usual}-${request.again}`);
  return {
    transferId: checkId(id),
    sendKey: id === usual ? usual : null,
    account,
    consumer,
    host,
    source,
    conversationId,
    ...choices,
    fetchTo: request.fetchTo === undefined ? null : absoluteOn(context, host, request.fetchTo),
    verify: request.verify ?? false,
    deadlineMs,
    notices: true,
    ...askedBy(request),
  };
}

/** @throws {FerryError} USAGE unless the deadline is a finite positive number: a workflow's input cannot hold Infinity */
export function deadlineOf({ deadlineMs = DEFAULT_DEADLINE_MS }: { readonly deadlineMs?: number }): number {
  if (deadlineMs > 0 && Number.isFinite(deadlineMs)) return deadlineMs;
  throw new FerryError('USAGE', `The deadline (${deadlineMs} ms) must be positive and finite.`);
}

async function sourceOf(
  context: ClientContext,
  host: string,
  file: string,
): Promise<TransferInput['source'] & { readonly name: string }> {
  if (host === context.hostId) {
    const { path, name, sizeBytes, mtimeMs, inode } = await context.inspect(file);
    return { path, name, sizeBytes, mtimeMs, inode };
  }
  const path = absoluteOn(context, host, file);
  return { path, name: baseName(path), sizeBytes: null, mtimeMs: null, inode: null };
}

/** @throws {FerryError} USAGE for a relative path on another host, because its base directory is unknown */
export function absoluteOn(context: ClientContext, host: string, path: string): string {
  if (host === context.hostId) return resolve(path);
  if (posix.isAbsolute(path) || /^[A-Za-z]:[\\/]/.test(path)) return path;
  throw new FerryError('USAGE', `${path} is not an absolute path; one on host ${host} must be.`);
}

export interface Launch {
  readonly type: string;
  readonly workflowId: string;
  readonly input: object;
  readonly memo: object;
  readonly priority: keyof typeof PRIORITY;
  /** Search attributes; the state is `running`. */
  readonly keywords: Readonly<Partial<Record<keyof typeof SEARCH_ATTRIBUTES, string>>>;
  /** Both are shown in the UI of Temporal. */
  readonly summary: string;
  readonly details: readonly string[];
  readonly reuse: 'ALLOW_DUPLICATE_FAILED_ONLY' | 'ALLOW_DUPLICATE';
}

/** True when this call started the workflow; false when an equal one runs, or has done it already. */
export async function launch({ server }: ClientContext, launch: Launch): Promise<boolean> {
  const { type, workflowId, input, memo, priority, keywords, summary, details, reuse } = launch;
  try {
    return await server.start(type, {
      workflowId,
      taskQueue: SHARED_QUEUE,
      input,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: reuse,
      memo: { ...memo },
      priority: { priorityKey: PRIORITY[priority] },
      typedSearchAttributes: searchAttributes({ ...keywords, state: 'running' }),
      staticSummary: cut(summary, LONGEST_SUMMARY_BYTES),
      staticDetails: cut(details.join('\n'), LONGEST_DETAILS_BYTES),
    });
  } catch (error) {
    if (isAlreadyStarted(error)) return false;
    throw toClientError(error, { ...server, transferId: workflowId });
  }
}

function searchAttributes(keywords: Launch['keywords']): SearchAttributePair[] {
  return Object.entries(keywords).map(([name, value]) => ({
    key: defineSearchAttributeKey(SEARCH_ATTRIBUTES[name as keyof Launch['keywords']], 'KEYWORD'),
    value,
  }));
}

/** The server refuses longer texts. */
const LONGEST_SUMMARY_BYTES = 400;
const LONGEST_DETAILS_BYTES = 20_000;

function cut(text: string, bytes: number): string {
  // JSON quotes and escapes count as well, hence the margin.
  let short = text;
  while (Buffer.byteLength(JSON.stringify(short)) > bytes)
    short = `${short.slice(0, Math.floor(short.length * 0.9) - 1)}…`;
  return short;
}

function detailsOf({ source, host, account, consumer, conversationId, fetchTo }: TransferInput): string[] {
  return [
    `- file ${code(source.path)} on host ${code(host)}`,
    `- to account ${code(account)} as consumer ${code(consumer)}`,
    conversationId === null ? "- into the consumer's open conversation" : `- into conversation ${code(conversationId)}`,
    ...(fetchTo === null ? [] : [`- fetched back into ${code(fetchTo)}`]),
  ];
}

/** As Markdown code, so that a file name cannot add formatting or links to the UI of Temporal. */
export function code(text: string): string {
  return `\`${text.replaceAll('`', "'").replace(/\s+/g, ' ')}\``;
}

export function requireText(name: string, value: string | undefined): void {
  if (value === undefined || value.trim() === '') throw new FerryError('USAGE', `A ${name} must be given.`);
}
