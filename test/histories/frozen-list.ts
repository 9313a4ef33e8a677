import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A history that every later version must take on, as it was when it became one. */
export interface Frozen {
  /** The version of Ferry whose release froze it. */
  readonly since: string;
  readonly sha256: string;
}

const LIST = join(__dirname, 'frozen.json');

export function historyFiles(): readonly string[] {
  return readdirSync(__dirname).filter((name) => name.endsWith('.json') && name !== 'frozen.json');
}

/** By file name. */
export function readFrozen(): Readonly<Record<string, Frozen>> {
  return JSON.parse(readFileSync(LIST, 'utf8')) as Record<string, Frozen>;
}

export function digestOf(file: string): string {
  return createHash('sha256').update(readFileSync(join(__dirname, file))).digest('hex');
}

/** Adds the histories that are not frozen yet. What is in the list stays as it is. */
export function freezeNew(since: string): void {
  const frozen = readFrozen();
  const added = historyFiles().filter((file) => frozen[file] === undefined);
  const all = { ...frozen, ...Object.fromEntries(added.map((file) => [file, { since, sha256: digestOf(file) }])) };
  const sorted = Object.fromEntries(Object.entries(all).toSorted(([one], [other]) => (one < other ? -1 : 1)));
  writeFileSync(LIST, `${JSON.stringify(sorted, null, 2)}\n`);
}
