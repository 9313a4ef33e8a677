export interface LaneOptions {
  /** Nothing is started once it has fired. */
  readonly signal?: AbortSignal | undefined;
  /** Waited for before each start. */
  readonly room?: (() => Promise<void>) | undefined;
}

/**
 * Runs `work` for all items, at most `lanes` at a time, and starts in the order of the items. After a failure nothing
 * more is started, and the failure is thrown.
 */
export async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, index: number) => Promise<void>,
  { signal, room }: LaneOptions = {},
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    // A lane without an item must not wait for room.
    while (next < items.length) {
      await room?.();
      if (next >= items.length || signal?.aborted === true) return;
      const index = next;
      next += 1;
      await work(items[index] as Item, index).catch((error: unknown) => {
        next = items.length;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}

/** The results of `map` in the order of the items; at most `lanes` run at a time. The first failure is thrown. */
export async function mapInLanes<In, Out>(
  items: readonly In[],
  lanes: number,
  map: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  await inLanes(items, lanes, async (item, index) => {
    results[index] = await map(item);
  });
  return results;
}
