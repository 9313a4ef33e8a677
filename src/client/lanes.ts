/** Maps in order of the items, at most `lanes` at a time; the first failure ends it. */
export async function mapInLanes<In, Out>(
  items: readonly In[],
  lanes: number,
  map: (item: In) => Promise<Out>,
): Promise<Out[]> {
  const results: Out[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await map(items[index] as In);
    }
  };
  try {
    await Promise.all(Array.from({ length: Math.min(lanes, items.length) }, lane));
  } catch (error) {
    next = items.length;
    throw error;
  }
  return results;
}
