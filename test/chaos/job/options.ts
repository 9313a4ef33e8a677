import { parseArgs } from 'node:util';
import { numberOf } from '../kit/options';

export interface JobChaosOptions {
  readonly files: number;
  readonly seed: number;
  readonly lanes: number;
  /** How often each part is killed. */
  readonly kills: number;
  readonly pauses: number;
  /** Over how many seconds the kills and pauses are spread. */
  readonly seconds: number;
  /** How long the job may take to end after that, in seconds. */
  readonly settleSeconds: number;
  /** Leaves the directory of the run in place and says where it is. */
  readonly keep: boolean;
}

export const USAGE = `npm run chaos -- job --files N --seed S [--lanes L] [--kills K] [--pauses P] [--seconds T] [--settle SECONDS] [--keep]

Starts Temporal, a sandbox and two workers of one host, and a job of N files of 1 to 60 kB. Kills each part K times and
pauses the job P times within T seconds. Then it looks at both ends. Exit code 0: each line is in the journal once, each
file is one message with the bytes of its source, and few objects belong to no message.
`;

/** @throws Error with a sentence for people */
export function readOptions(args: readonly string[]): JobChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      files: { type: 'string', default: '1000' },
      seed: { type: 'string', default: '1' },
      lanes: { type: 'string', default: '8' },
      kills: { type: 'string', default: '2' },
      pauses: { type: 'string', default: '2' },
      seconds: { type: 'string', default: '30' },
      settle: { type: 'string', default: '300' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    files: numberOf('--files', values.files, 1, 100_000),
    seed: numberOf('--seed', values.seed, 0, 2 ** 32 - 1),
    lanes: numberOf('--lanes', values.lanes, 1, 64),
    kills: numberOf('--kills', values.kills, 0, 100),
    pauses: numberOf('--pauses', values.pauses, 0, 100),
    seconds: numberOf('--seconds', values.seconds, 1, 36_000),
    settleSeconds: numberOf('--settle', values.settle, 1, 36_000),
    keep: values.keep,
  };
}
