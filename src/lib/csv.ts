/** A spreadsheet runs a text as a formula that begins with one of these. Names of files come from anybody. */
const FORMULA = /^[=+\-@\t\r]/;

/** A line of CSV (RFC 4180, ends with CR LF), for spreadsheets as well: no text is run as a formula. */
export function csvLine(values: readonly (string | number | boolean | null | undefined)[]): string {
  return `${values.map(cell).join(',')}\r\n`;
}

function cell(value: string | number | boolean | null | undefined): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
