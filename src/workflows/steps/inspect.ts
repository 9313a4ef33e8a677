import type { TransferRun } from '../transfer-run';

/** Inspects the file on its host, and refuses a file that could never be sent. */
export async function inspectSource({ source, steering, view }: TransferRun): Promise<void> {
  view.set({ step: 'inspect' });
  const { sizeBytes, notes } = await source.inspect(steering.activities());
  view.set({ sizeBytes, notes: [...view.now.notes, ...notes] });
}
