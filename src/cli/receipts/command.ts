import { InvalidArgumentError } from 'commander';
import type { CommandDefinition } from '../shared/command';
import { parseDuration } from '../shared/output/durations';
import type * as Receipts from './run';

export const receiptsCommand: CommandDefinition = {
  usage: 'receipts <action>',
  description: "verify or export this host's receipts",
  addFlags: (command) =>
    command
      .option('--anchors <file>', 'verify: the anchor file (default: auditAnchor of ferry.toml)')
      .option('--since <date>', 'export: what ended since then, such as 2026-11-01 or 30d', sinceFlag)
      .option('--format <format>', 'export: csv or jsonl (default: jsonl)', formatFlag)
      .option('--output <file>', 'export: into this file, which appears when it is complete'),
  help: `
The receipts and the audit log are in the state directory. Workers may run meanwhile.

  verify    finds lines that were changed, removed, cut off at the end, or put in (exit 3), and says which
  export    writes one row for each receipt; several lines about one transfer give one row
`,
  examples: ['ferry receipts verify', 'ferry receipts export --since 2026-11-01 --format csv --output november.csv'],
  load: () => (require('./run') as typeof Receipts).runReceipts,
};

/** The start of the period: a span before the command's own time, or an absolute time. */
export type Since = { readonly agoMs: number } | { readonly atMs: number };

function sinceFlag(text: string): Since {
  const agoMs = parseDuration(text);
  if (agoMs !== null) return { agoMs };
  const atMs = /^\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(atMs))
    throw new InvalidArgumentError('Write a date such as 2026-11-01 (UTC), or a time such as 30d.');
  return { atMs };
}

function formatFlag(text: string): 'csv' | 'jsonl' {
  if (text === 'csv' || text === 'jsonl') return text;
  throw new InvalidArgumentError('Write csv or jsonl.');
}
