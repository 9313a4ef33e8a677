import { safe } from '../text';
import type { PreparedFile } from './prepare';

/** What stands for each file on the screen: its base name, or as it was named where base names are equal. */
export function labelsFor(files: readonly Pick<PreparedFile, 'name' | 'source'>[]): string[] {
  const times = new Map<string, number>();
  for (const { name } of files) times.set(name, (times.get(name) ?? 0) + 1);
  return files.map(({ name, source }) => safe(times.get(name) === 1 ? name : source));
}
