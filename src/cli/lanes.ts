/**
 * Runs `work` over all items, at most `lanes` at a time, starting in order. Before each it waits for `room`. Stops
 * starting when the signal fires.
 */
export async function inLanes<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item, index: number) => Promise<void>,
  signal?: AbortSignal,
  room?: () => Promise<void>,
): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (; next < items.length;) {
      await room?.();
      if (signal?.aborted === true || next >= items.length) return;
      const index = next;
      next += 1;
      await work(items[index] as Item, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
}
