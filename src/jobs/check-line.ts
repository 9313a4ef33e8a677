/** Turns a line of a manifest into a row to send, and reports all problems of the line. */
import { basename, resolve } from 'node:path';
import { LONGEST_CAPTION } from '../contract';
import { transferIdOf } from '../contract/transfer-id';
import { FerryError, toFerryError } from '../errors';
import { inspectFile, type InspectedFile } from '../files';
import { renderCaption, unknownPlaceholder } from './caption';
import { errorData, errorOf, formProblem, type Column, type RawLine } from './raw-line';
import type { TargetCheck } from './target-check';
import type { JobAccount, LineProblem, ManifestRow, PrepareJobOptions } from './types';

/** A row without the id of its transfer, which begins with the id of the job. That id is not known yet. */
export type UnnamedRow = Omit<ManifestRow, 'transferId' | 'bad'>;

export interface CheckedLine {
  readonly row: UnnamedRow;
  readonly fields: RawLine['fields'];
  readonly problems: readonly LineProblem[];
}

export interface CheckContext {
  readonly options: PrepareJobOptions;
  /** The base directory of relative paths. */
  readonly base: string;
  /** Absolute; null: not fetched back. */
  readonly fetchTo: string | null;
  readonly accountOf: (name: string) => JobAccount | FerryError;
  readonly checkTarget: TargetCheck;
}

/** Inspects the file as a send does, but without decoding pictures. */
export async function checkLine(raw: RawLine, context: CheckContext): Promise<CheckedLine> {
  const { options, base } = context;
  const { line, fields } = raw;
  const problems: LineProblem[] = [...raw.problems];
  const source = fields.source?.text ?? null;
  const report = (column: Column, error: LineProblem['error']): void => {
    problems.push({ line, column: fields[column]?.column ?? null, field: column, source, error });
  };
  if (source === null && raw.problems.length === 0) {
    problems.push(formProblem(line, 'The line has no source.', { field: 'source' }));
  }
  for (const column of garbled(fields)) report(column, errorOf('MANIFEST_INVALID', notUtf8(column)));
  const accountName = fields.account?.text ?? options.account;
  const account = context.accountOf(accountName);
  if (account instanceof FerryError) report('account', errorData(account));
  const consumer = fields.consumer?.text ?? options.consumer ?? (account instanceof FerryError ? '' : account.consumer);
  const refusal = account instanceof FerryError ? null : refusalOf(account, consumer);
  if (refusal !== null) report('consumer', refusal);
  const path = source === null ? '' : resolve(base, source);
  const caption = captionOf(raw, path, options.caption ?? '', report);
  const file = account instanceof FerryError || source === null ? null : await lookAt(path, account, options, report);
  const fetchTo = fields.fetchTo === undefined ? context.fetchTo : resolve(base, fields.fetchTo.text);
  if (file !== null && fetchTo !== null && !(account instanceof FerryError)) {
    const refused = await context.checkTarget(fetchTo, file.path, account);
    if (refused !== null) report('fetchTo', errorData(refused));
  }
  const to = {
    account: accountName,
    consumer,
    conversationId: fields.conversation?.text ?? options.conversationId ?? null,
  };
  return { row: rowOf({ line, path, caption, fetchTo, file, ...to }, options), fields, problems };
}

interface RowFacts extends Omit<PlainSend, 'sizeBytes' | 'mtimeMs'> {
  readonly line: number;
  readonly fetchTo: string | null;
  /** Null for a file that was not looked at, or was refused. */
  readonly file: InspectedFile | null;
}

function rowOf({ file, path, ...rest }: RowFacts, options: PrepareJobOptions): UnnamedRow {
  const { sizeBytes = 0, mtimeMs = 0, inode = 0 } = file ?? {};
  const source = file?.path ?? path;
  const sendKey =
    file === null || options.again !== undefined
      ? null
      : sendKeyOf({ ...rest, path: source, sizeBytes, mtimeMs }, options);
  return { ...rest, source, sizeBytes, mtimeMs, inode, sendKey };
}

interface PlainSend {
  readonly account: string;
  readonly consumer: string;
  readonly conversationId: string | null;
  readonly caption: string;
  /** Links resolved. */
  readonly path: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
}

/** The id that a plain send of this file gets. */
export function sendKeyOf(send: PlainSend, { host, sealed }: Pick<PrepareJobOptions, 'host' | 'sealed'>): string {
  return transferIdOf({ ...send, host, name: basename(send.path) }, sealed);
}

type Report = (column: Column, error: LineProblem['error']) => void;

/** The character that a decoder writes for bytes that are not UTF-8. */
const STAND_IN = '\ufffd';

function notUtf8(column: Column): string {
  return `The ${column} is not UTF-8. Save the manifest as UTF-8.`;
}

/** Excludes the source, because a file name may contain such bytes. Such a file gets an error of its own. */
function garbled(fields: RawLine['fields']): readonly Column[] {
  const columns = Object.entries(fields).filter(([, field]) => field.text.includes(STAND_IN));
  return columns.map(([name]) => name as Column).filter((name) => name !== 'source');
}

function refusalOf(account: JobAccount, consumer: string): LineProblem['error'] | null {
  try {
    account.checkConsumer(consumer);
    return null;
  } catch (error) {
    return errorData(toFerryError(error));
  }
}

function captionOf(raw: RawLine, path: string, usual: string, report: Report): string {
  const rendered = renderCaption(raw.fields.caption?.text ?? usual, raw, path);
  if ('unknown' in rendered) {
    report('caption', errorOf('MANIFEST_INVALID', unknownPlaceholder(rendered.unknown)));
    return '';
  }
  const length = Array.from(rendered.caption).length;
  if (length > LONGEST_CAPTION) {
    const message = `The caption has ${length} characters; at most ${LONGEST_CAPTION} are sent.`;
    report('caption', errorOf('CAPTION_TOO_LONG', message));
  }
  return rendered.caption;
}

async function lookAt(
  path: string,
  account: JobAccount,
  { signal }: PrepareJobOptions,
  report: Report,
): Promise<InspectedFile | null> {
  try {
    const allowed = account.sources;
    return await inspectFile(path, account.files, {
      decode: false,
      allowed,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    signal?.throwIfAborted();
    const refused = toFerryError(error);
    const isNamed = refused.details['byte'] !== undefined;
    const isMissing = refused.code === 'SOURCE_MISSING' && !isNamed && path.includes(STAND_IN);
    report('source', isMissing ? errorOf('SOURCE_MISSING', notUtf8('source')) : errorData(refused));
    return null;
  }
}
