import { join, resolve } from 'node:path';
import type { ExportFormat, Verified, VerifiedFile } from '../../evidence';
import { FerryError, isFerryError } from '../../errors';
import { defined } from '../../lib/defined';
import { systemCode } from '../../lib/system-code';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { writeExactly } from '../shared/io';
import { lazy } from '../shared/lazy';
import { usageError } from '../shared/output/output';
import { count } from '../shared/output/text';
import { writeWhole } from '../shared/output/write-whole';
import { upStateDir } from '../shared/settings';
import type { Since } from './command';
import { problemWords } from './problem-words';

export interface ReceiptsOptions {
  readonly anchors?: string;
  readonly since?: Since;
  readonly format?: ExportFormat;
  readonly output?: string;
}

/** Checks or exports what this host has on record. It needs no Temporal. */
export async function runReceipts(
  environment: CommandEnvironment,
  options: ReceiptsOptions,
  [action = '']: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const stateDir = upStateDir(io, flags);
  switch (action) {
    case 'verify':
      refuseOptions(options, ['since', 'format', 'output'], 'export');
      return verify(environment, stateDir, options.anchors);
    case 'export':
      refuseOptions(options, ['anchors'], 'verify');
      return exportAll(environment, stateDir, options);
    default:
      throw usageError(`There is no action ${JSON.stringify(action)}: write verify or export.`);
  }
}

function refuseOptions(options: ReceiptsOptions, names: readonly (keyof ReceiptsOptions)[], action: string): void {
  const found = names.find((name) => options[name] !== undefined);
  if (found !== undefined) throw usageError(`--${found} belongs to ferry receipts ${action}.`);
}

async function verify(
  environment: CommandEnvironment,
  stateDir: string,
  anchorsFlag: string | undefined,
): Promise<ExitCode> {
  const { output } = environment;
  const { anchorPath, readAnchors, readAuditKeys, verifyEvidence } = lazy.evidence();
  const anchorFile = anchorsFileOf(environment, stateDir, anchorsFlag) ?? anchorPath(stateDir);
  const anchors = await reading(anchorFile, () => readAnchors(anchorFile));
  const verified = await reading(stateDir, () => verifyEvidence(stateDir, readAuditKeys(stateDir), anchors));
  const { files, problems } = verified;
  for (const problem of problems) {
    const error = new FerryError('EVIDENCE_BROKEN', problemWords(problem));
    output.error(error, { source: join(stateDir, problem.file) });
  }
  const isWhole = problems.length === 0;
  output.document({ type: 'status', v: 1, action: 'verify', ok: isWhole, stateDir, anchorFile, files, problems });
  output.answer(resultWords(verified, stateDir));
  if (anchors.length === 0 && files.some(({ chained }) => chained > 0)) {
    output.note(`${anchorFile} has no anchors: lines that were cut off at the end of a file are not found.`);
  }
  return isWhole ? EXIT.done : EXIT.failed;
}

function anchorsFileOf({ io, flags }: CommandEnvironment, stateDir: string, flag: string | undefined): string | null {
  if (flag !== undefined) return resolve(io.cwd, flag);
  const { config: configPath } = flags;
  return lazy.config().loadConfig({ ...defined({ configPath }), stateDir, env: io.env, cwd: io.cwd }).auditAnchor;
}

function resultWords({ files, problems }: Verified, stateDir: string): string {
  const sum = (of: (file: VerifiedFile) => number): number => files.reduce((total, file) => total + of(file), 0);
  const chained = count(
    sum((file) => file.chained),
    'line',
  );
  const unchained = sum((file) => file.unchained);
  const torn = files.filter(({ isTorn }) => isTorn);
  const notes = [
    ...(unchained === 0
      ? []
      : [`${count(unchained, 'line')} of earlier versions without a chain: nothing proves them`]),
    ...torn.map(({ file }) => `the last line of ${file} is torn: it was acknowledged to nobody`),
  ].map((note) => `\n  ${note}`);
  const result = problems.length === 0 ? 'as they were written' : `${count(problems.length, 'problem')} found`;
  return `${chained} in ${count(files.length, 'file')} of ${stateDir}: ${result}.${notes.join('')}`;
}

async function exportAll(
  { io, output }: CommandEnvironment,
  stateDir: string,
  { since, format = 'jsonl', output: path }: ReceiptsOptions,
): Promise<ExitCode> {
  if (output.json && format === 'csv' && path === undefined) {
    throw usageError('With --json, csv needs --output FILE: stdout carries JSON only.');
  }
  const sinceMs = since === undefined ? undefined : 'atMs' in since ? since.atMs : io.now() - since.agoMs;
  const pieces = lazy.evidence().exportReceipts(stateDir, { format, ...defined({ sinceMs }) });
  if (path === undefined) {
    for await (const piece of pieces) writeExactly(io, piece);
    return io.interrupted.aborted ? EXIT.interrupted : EXIT.done;
  }
  const target = resolve(io.cwd, path);
  let rows = format === 'csv' ? -1 : 0;
  const counted = async function* (): AsyncGenerator<string> {
    for await (const piece of pieces) {
      rows += 1;
      yield piece;
    }
  };
  await writeWhole(target, counted());
  output.document({ type: 'status', v: 1, action: 'export', file: target, format, receipts: rows });
  output.answer(`${count(rows, 'receipt')} in ${target}.`);
  return EXIT.done;
}

async function reading<T>(path: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    const code = systemCode(cause);
    if (isFerryError(cause) || code === undefined) throw cause;
    throw new FerryError('SOURCE_UNREADABLE', `The receipts or anchors in ${path} cannot be read (${code}).`, {
      cause,
    });
  }
}
