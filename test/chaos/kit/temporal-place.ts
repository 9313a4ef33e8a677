import { EMBEDDED_NAMESPACE } from '../../../src/contract';
import { freePort } from '../../../src/engine';
import type { PartName } from './plan';
import type { Part } from './processes';

/** Where the Temporal of a run is: the embedded server, which the run starts itself, or a cluster that runs already. */
export interface TemporalPlace {
  /** Leads commands and workers there. */
  readonly env: NodeJS.ProcessEnv & { readonly TEMPORAL_ADDRESS: string; readonly TEMPORAL_NAMESPACE: string };
  /** Of a cluster; null: the run starts the embedded server on the address. */
  readonly parts: Readonly<Record<ClusterPartName, Part>> | null;
}

export type ClusterPartName = Extract<PartName, 'temporal' | 'temporal-2' | 'postgres'>;

export async function embeddedPlace(): Promise<TemporalPlace> {
  const address = `127.0.0.1:${await freePort()}`;
  return { env: { TEMPORAL_ADDRESS: address, TEMPORAL_NAMESPACE: EMBEDDED_NAMESPACE }, parts: null };
}
