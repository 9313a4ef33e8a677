import type { TransferRun } from '../transfer-run';

/** Looks at the file on its host, and refuses what could never succeed before anything is sent. */
export async function inspectSource({ source, steering, view }: TransferRun): Promise<void> {
  view.set({ step: 'inspect' });
  const { sizeBytes, notes } = await source.inspect(steering.activities());
  view.set({ sizeBytes, notes: [...view.now.notes, ...notes] });
}
