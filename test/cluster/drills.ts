import type { Cluster } from './cluster';
import { restoredBackup } from './drill-backup';
import { rotatedUnderWay } from './drill-certificates';
import { endToEnd } from './drill-end-to-end';
import { jobUnderKills } from './drill-job';
import { throughput } from './drill-throughput';
import { rollingUpgrade } from './drill-upgrade';

export interface DrillResult {
  readonly wentWell: boolean;
  /** What was seen, as pairs of words and value, for docs/production.md. */
  readonly rows: readonly (readonly [string, string])[];
}

export interface DrillOptions {
  /** The version that `upgrade` starts from, as git knows it. */
  readonly from: string;
  /** Of the job of `job`. */
  readonly lines: number;
  /** Those of `end-to-end`. */
  readonly suites: readonly string[];
}

export type Drill = (cluster: Cluster, say: (line: string) => void, options: DrillOptions) => Promise<DrillResult>;

export const DRILLS = {
  backup: restoredBackup,
  certificates: rotatedUnderWay,
  'end-to-end': endToEnd,
  job: jobUnderKills,
  throughput,
  upgrade: rollingUpgrade,
} as const satisfies Record<string, Drill>;

export function isDrill(name: string): name is keyof typeof DRILLS {
  return name in DRILLS;
}
