import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { csvLine } from '../../../lib/csv';
import { safeJson } from '../../../lib/safe-json';
import { REPORT_COLUMNS, REPORT_STATES, type ReportLine, type ReportState } from '../../../jobs/types';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { writeExactly } from '../../shared/io';
import { lazy } from '../../shared/lazy';
import { usageError } from '../../shared/output/output';
import { count } from '../../shared/output/text';
import { writeWhole } from '../../shared/output/write-whole';
import { readSettings } from '../../shared/settings';

export interface JobReportOptions {
  readonly states?: readonly ReportState[];
  readonly format?: 'csv' | 'jsonl';
  readonly output?: string;
}

/** Reads the files of the job on this host; it needs no Temporal. */
export async function runJobReport(
  environment: CommandEnvironment,
  { states, format, output: file }: JobReportOptions,
  [prefix = '']: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const { findJob, jobDirectory, reportLines } = lazy.jobs();
  const settings = await readSettings(io, flags);
  const { stateDir } = settings;
  refuseUnknownState(stateDir, flags.state);
  const jobId = findJob(stateDir, prefix);
  const lines = reportLines(jobDirectory(stateDir, jobId), states === undefined ? {} : { states });
  const asCsv = (format ?? (flags.json === true ? 'jsonl' : 'csv')) === 'csv';
  let written = 0;
  const counted = async function* (): AsyncGenerator<ReportLine> {
    for await (const line of lines) {
      written += 1;
      yield line;
    }
  };
  const text = textOf(counted(), asCsv, flags.json === true && file === undefined);
  if (file === undefined) {
    for await (const piece of text) writeExactly(io, piece);
    return EXIT.done;
  }
  const path = resolve(io.cwd, file);
  await writeWhole(path, text);
  output.document({ type: 'report', v: 1, jobId, path, lines: written });
  output.answer(`${path} has ${count(written, 'line')} of job ${jobId}.`);
  return EXIT.done;
}

async function* textOf(lines: AsyncIterable<ReportLine>, asCsv: boolean, isDocument: boolean): AsyncGenerator<string> {
  // With `--json`, every line of stdout has a `type`.
  const mark = isDocument ? { type: 'line', v: 1 } : {};
  if (asCsv) yield csvLine(REPORT_COLUMNS);
  for await (const line of lines)
    yield asCsv ? csvLine(REPORT_COLUMNS.map((column) => line[column])) : `${safeJson({ ...mark, ...line })}\n`;
}

/** `--state` accepts states of lines or, as in every command, a state directory. Any other word is an error. */
function refuseUnknownState(stateDir: string, given: string | undefined): void {
  if (given === undefined || existsSync(stateDir)) return;
  throw usageError(
    `${JSON.stringify(given)} is neither states of lines (${REPORT_STATES.join(', ')}) nor a state directory.`,
  );
}
