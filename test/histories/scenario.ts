import type { WorkflowHandle } from '@temporalio/client';
import { type UploadResult, VIEW_QUERY, type WorkflowView } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { messageIn, refusal, untilCancelled, type Stage, type StandIns } from '../workflows/stand-ins';

/** One path through a workflow; it acts as a consumer of its own name. */
export interface Scenario {
  readonly activities?: Partial<StandIns>;
  /** Plays it to the point at which its history is to be kept. */
  run(stage: Stage, name: string): Promise<WorkflowHandle>;
}

export type Scenarios = Readonly<Record<string, Scenario>>;

/** Long: a durable timer or a host that does not pick up takes a minute. */
const WITHIN_MS = 120_000;

export async function until(handle: WorkflowHandle, wanted: Partial<WorkflowView>): Promise<void> {
  await waitFor(async () => {
    const view = await handle.query<WorkflowView>(VIEW_QUERY);
    return Object.entries(wanted).every(([key, value]) => view[key as keyof WorkflowView] === value) ? true : undefined;
  }, WITHIN_MS);
}

/** Waits for the end, whatever it is. */
export async function over(handle: WorkflowHandle): Promise<WorkflowHandle> {
  await handle.result().catch(() => undefined);
  return handle;
}

/**
 * Waits until an activity of this name is under way and a worker has it.
 *
 * @param other id of an earlier one, which may still be ending
 * @returns its id
 */
export async function acting(handle: WorkflowHandle, name: string, other?: string): Promise<string> {
  return await waitFor(async () => {
    const [pending] = (await handle.describe()).raw.pendingActivities ?? [];
    const { activityId } = pending ?? {};
    if (pending?.activityType?.name !== name || !pending.lastHeartbeatTime) return undefined;
    return typeof activityId === 'string' && activityId !== other ? activityId : undefined;
  }, WITHIN_MS);
}

/** Refuses with these codes, one after the other, then does as usual. */
export function refusing<Output>(codes: readonly string[], usual: Output): () => Promise<Output> {
  const left = [...codes];
  return () => {
    const code = left.shift();
    return code === undefined ? Promise.resolve(usual) : refusal(code);
  };
}

/** Is broken off so often, then does as usual. */
export function brokenOff<Output>(times: number, usual: Output): () => Promise<Output> {
  let left = times;
  return () => {
    left -= 1;
    return left >= 0 ? untilCancelled(() => undefined) : Promise.resolve(usual);
  };
}

export const uploaded: UploadResult = {
  relativePath: '/v1/AUTH_a/c/x.JPG',
  md5: 'm',
  sha256: 's',
  urlRenewals: 0,
  bytesSent: 100,
};
export const published = messageIn('c1');
export const opened = { conversationId: 'c1', dialogId: 'c1', consumerId: 'sub', lastSequence: 0 };
export const link = { relativePath: uploaded.relativePath, sealed: 'f1.k.sealed', expiresAt: 4_102_444_800 };
export const fetched = {
  fetchedTo: '/data/back/plan.jpg',
  sizeBytes: 100,
  md5: 'm',
  sha256: 's',
  urlRenewals: 0,
  bytesFetched: 100,
};
