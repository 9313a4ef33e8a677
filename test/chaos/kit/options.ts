import { parseArgs } from 'node:util';

export interface ChaosOptions {
  readonly transfers: number;
  readonly minutes: number;
  readonly seed: number;
  /** Leaves the directory of the run in place and says where it is. */
  readonly keep: boolean;
  /** A copy of the run's log, for `--replay`. */
  readonly log: string | null;
  /** A log of an earlier run, whose plan is carried out again. */
  readonly replay: string | null;
  /** How long everything may take to end well after the last fault, in seconds. */
  readonly settleSeconds: number;
}

export const USAGE = `npm run chaos -- --transfers N --minutes M --seed S [--keep] [--log FILE] [--replay FILE] [--settle SECONDS]

Starts Temporal, a sandbox and two workers, sends N files (1 kB to 64 MB), and for M minutes kills, stops, restarts and
starves whatever it has started. Then it looks at both ends. Exit code 0: nothing lost, doubled, corrupt or stuck.
`;

/** @throws Error with a sentence for people */
export function readOptions(args: readonly string[]): ChaosOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      transfers: { type: 'string', default: '30' },
      minutes: { type: 'string', default: '1' },
      seed: { type: 'string', default: '1' },
      keep: { type: 'boolean', default: false },
      log: { type: 'string' },
      replay: { type: 'string' },
      settle: { type: 'string', default: '240' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    transfers: numberOf('--transfers', values.transfers, 1, 10_000),
    minutes: numberOf('--minutes', values.minutes, 0.1, 600),
    seed: numberOf('--seed', values.seed, 0, 2 ** 32 - 1),
    keep: values.keep,
    log: values.log ?? null,
    replay: values.replay ?? null,
    settleSeconds: numberOf('--settle', values.settle, 1, 7200),
  };
}

/** @throws Error with a sentence for people */
export function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= least && value <= most)) {
    throw new Error(`${name} takes a number from ${least} to ${most}, not "${text}".`);
  }
  return value;
}
