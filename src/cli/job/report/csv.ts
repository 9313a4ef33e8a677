/** The report as CSV (RFC 4180, lines end with CR LF), for spreadsheets as well. */
import { REPORT_COLUMNS, type ReportLine } from '../../../jobs/types';

export function csvHeader(): string {
  return `${REPORT_COLUMNS.join(',')}\r\n`;
}

export function csvLine(line: ReportLine): string {
  return `${REPORT_COLUMNS.map((column) => cell(line[column])).join(',')}\r\n`;
}

function cell(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'number' ? String(value) : harmless(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A spreadsheet would run a text that begins like this as a formula; names of files come from anybody. */
function harmless(text: string): string {
  return /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}
