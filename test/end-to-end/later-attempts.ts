import type { Client } from '@temporalio/client';

/** The failures after which an activity of these transfers was tried again. */
export async function laterAttempts(
  { workflow }: Client,
  receipts: readonly Readonly<Record<string, unknown>>[],
): Promise<readonly string[]> {
  const ids = receipts.map(({ transferId }) => transferId as string);
  const histories = await Promise.all(ids.map((id) => workflow.getHandle(id).fetchHistory()));
  return histories
    .flatMap(({ events }) => events ?? [])
    .map((event) => event.activityTaskStartedEventAttributes)
    .filter((started) => (started?.attempt ?? 1) > 1)
    .map((started) => started?.lastFailure?.message ?? '');
}
