import { parseArgs } from 'node:util';
import { numberOf } from '../kit/options';

export interface MessagingOptions {
  readonly transfers: number;
  readonly consumers: number;
  readonly seed: number;
  /** How many of the requests at each point meet a fault, from 0 to 1. */
  readonly share: number;
  /** Instead of single faults: the messaging service is away for so many seconds. 0: single faults. */
  readonly outageSeconds: number;
  /** How long everything may take to end well, in seconds. */
  readonly settleSeconds: number;
  /** Leaves the directory of the run in place and says where it is. */
  readonly keep: boolean;
}

export const USAGE = `npm run chaos -- messaging --transfers N --consumers C --seed S [--share P] [--outage SECONDS] [--settle SECONDS] [--keep]

Starts Temporal, a sandbox and a worker, sends N files of C consumers at once, and lets requests of the messaging path
meet faults: one in five (--share 0.2) at each point, or all of them for some seconds (--outage). Then it looks at both
ends. Exit code 0: each file is one message, each consumer one conversation, and nobody was hammered.
`;

/** @throws Error with a sentence for people */
export function readOptions(args: readonly string[]): MessagingOptions | 'help' {
  const { values } = parseArgs({
    args: [...args],
    strict: true,
    allowPositionals: false,
    options: {
      transfers: { type: 'string', default: '200' },
      consumers: { type: 'string', default: '20' },
      seed: { type: 'string', default: '1' },
      share: { type: 'string', default: '0.2' },
      outage: { type: 'string', default: '0' },
      settle: { type: 'string', default: '600' },
      keep: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  return {
    transfers: numberOf('--transfers', values.transfers, 1, 5000),
    consumers: numberOf('--consumers', values.consumers, 1, 500),
    seed: numberOf('--seed', values.seed, 0, 2 ** 32 - 1),
    share: numberOf('--share', values.share, 0, 0.9),
    outageSeconds: numberOf('--outage', values.outage, 0, 3600),
    settleSeconds: numberOf('--settle', values.settle, 1, 7200),
    keep: values.keep,
  };
}
