import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { FerryError } from '../errors';
import { WORKFLOW, type FetchInput, type Receipt, type Step } from '../contract';
import { fetchIdOf } from '../contract/transfer-id';
import { askedBy } from './asked';
import { readOutcome } from './close-event';
import type { ClientContext } from './context';
import type { StartMemo } from './memo';
import { resolveTransferId } from './resolve-id';
import { absoluteOn, code, deadlineOf, launch, requireText } from './start';
import { baseName } from './transfer-id';
import type { FetchRequest, StartedTransfer } from './types';

/**
 * Starts the fetch of a transfer's file, or of a relativePath. Attaches to a running fetch to the same place. A fetch that
 * has ended runs again, because its file may have been moved or removed since; a file that still exists costs nothing.
 *
 * @throws {FerryError} USAGE, UNTRUSTED_HOST, PATH_NOT_ALLOWED, OBJECT_MISSING, TRANSFER_UNKNOWN, TRANSFER_AMBIGUOUS
 */
export async function startFetch(context: ClientContext, request: FetchRequest): Promise<StartedTransfer> {
  requireText('target', request.to);
  const asked = askedBy(request);
  const host = request.host ?? context.hostId;
  const wanted = await wantedOf(context, request);
  const target = await targetOf(context, host, request.to, wanted);
  const { account, consumer, relativePath, of } = wanted;
  const input: FetchInput = {
    transferId: fetchIdOf(account, relativePath, host, target),
    account,
    consumer,
    host,
    relativePath,
    target,
    expected: of === null ? null : { sizeBytes: of.sizeBytes, md5: of.md5 },
    of,
    deadlineMs: deadlineOf(request),
    notices: true,
    ...asked,
  };
  const started = await launch(context, {
    type: WORKFLOW.fetch,
    workflowId: input.transferId,
    input,
    memo: { source: relativePath, host, sizeBytes: of?.sizeBytes ?? null, ...asked } satisfies StartMemo,
    priority: request.urgency ?? 'many',
    keywords: {
      account,
      consumer: context.server.shown(account, consumer),
      step: 'request-download-url' satisfies Step,
    },
    summary: `fetch ${nameOf(wanted)} from ${account} as ${consumer}`,
    details: [`- object ${code(relativePath)}`, `- to ${code(target)} on host ${code(host)}`],
    reuse: 'ALLOW_DUPLICATE',
  });
  return { transferId: input.transferId, repeated: !started };
}

interface Wanted {
  readonly account: string;
  readonly consumer: string;
  readonly relativePath: string;
  readonly of: Receipt | null;
}

async function wantedOf(context: ClientContext, request: FetchRequest): Promise<Wanted> {
  const { what } = request;
  if (!what.startsWith('/')) {
    const of = await receiptOf(context, await resolveTransferId(context, what));
    return {
      account: request.account ?? of.account,
      consumer: request.consumer ?? of.consumer,
      relativePath: of.relativePath,
      of,
    };
  }
  if (!/^\/v1\/[^/]/.test(what)) {
    throw new FerryError(
      'UNTRUSTED_HOST',
      `${what} is not a path in LivePerson's storage: such a path begins with /v1/ and a name.`,
    );
  }
  const { account, consumer } = request;
  if (account === undefined || consumer === undefined) {
    throw new FerryError('USAGE', 'To fetch a relativePath, the account and the consumer must be given.');
  }
  return { account, consumer, relativePath: what, of: null };
}

async function receiptOf({ server }: ClientContext, transferId: string): Promise<Receipt> {
  const outcome = await readOutcome(server, transferId);
  if (outcome === null) {
    throw new FerryError(
      'USAGE',
      `The transfer ${transferId} has not ended yet; its file can be fetched when it is done.`,
    );
  }
  if (outcome.receipt !== null) return outcome.receipt;
  const why = outcome.error === null ? '' : ` (${outcome.error.message})`;
  throw new FerryError('OBJECT_MISSING', `The transfer ${transferId} ended before its file was published${why}.`);
}

/** The file to write: `to` itself, or, when `to` is a directory, a file in it with the name of the source. */
async function targetOf(context: ClientContext, host: string, to: string, wanted: Wanted): Promise<string> {
  const given = absoluteOn(context, host, to);
  const here = host === context.hostId;
  const isDirectory = /[\\/]$/.test(to) || (here && (await stat(given).catch(() => null))?.isDirectory() === true);
  const separator = /[\\/]$/.test(given) ? '' : '/';
  const path = isDirectory ? (here ? join(given, nameOf(wanted)) : `${given}${separator}${nameOf(wanted)}`) : given;
  return here ? canonical(path) : path;
}

/** Resolves links, because the same place must give the same fetch. The file itself need not exist. */
async function canonical(path: string): Promise<string> {
  const directory = await realpath(dirname(path)).catch(() => dirname(resolve(path)));
  return join(directory, basename(path));
}

/**
 * The name of the file to write.
 *
 * @throws {FerryError} PATH_NOT_ALLOWED for a name that would leave its directory
 */
function nameOf({ of, relativePath }: Wanted): string {
  const name = baseName(of === null || of.source === '' ? relativePath : of.source);
  if (name === '' || name === '.' || name === '..' || /[\\/\0]/.test(name)) {
    throw new FerryError(
      'PATH_NOT_ALLOWED',
      `${relativePath} does not end with a valid file name; name the file to write.`,
    );
  }
  return name;
}
