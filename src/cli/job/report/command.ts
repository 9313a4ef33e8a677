import { Option } from 'commander';
import { REPORT_STATES } from '../../../jobs/types';
import type { CommandDefinition } from '../../shared/command';
import type * as Report from './run';

export const reportCommand: CommandDefinition = {
  usage: 'report <job>',
  description: 'all lines of a job with what became of them, on the host that has its journal',
  addFlags: (command) =>
    command
      .addOption(
        new Option('--format <format>', 'of the report (default: csv, or jsonl with --json)').choices(['csv', 'jsonl']),
      )
      .option('--output <file>', 'write it to this file, which appears when it is complete'),
  statesOf: REPORT_STATES,
  help: 'Lines that are not settled yet are waiting. Any beginning of the id will do that only one job has.',
  examples: [
    'ferry job report acme-january-0k3v --output january-report.csv',
    'ferry job report acme-january-0k3v --state failed,parked',
    "ferry job report acme-january-0k3v --format jsonl | jq -r 'select(.code) | .source'",
  ],
  load: () => (require('./run') as typeof Report).runJobReport,
};
