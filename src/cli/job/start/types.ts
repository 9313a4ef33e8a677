import type { Asked } from '../../../contract';
import type { JobOrder } from '../../../jobs/types';

/** The flags of `job start`; times in milliseconds. */
export interface JobStartOptions extends Asked {
  readonly account?: string;
  readonly consumer?: string;
  readonly conversation?: string;
  readonly name?: string;
  readonly caption?: string;
  readonly fetchTo?: string;
  readonly glob?: readonly string[];
  readonly recursive?: boolean;
  readonly order?: JobOrder;
  readonly skipBad?: boolean;
  readonly again?: boolean;
  readonly lanes?: number;
  readonly ordered?: boolean;
  readonly verify?: boolean;
  readonly hosts?: readonly string[];
  readonly dryRun?: boolean;
  readonly detach?: boolean;
  readonly deadline?: number;
  readonly timeout?: number;
}
