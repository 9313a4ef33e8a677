/** Compares chained files with their keys and anchors. */
import { createHash, type Hash } from 'node:crypto';
import { join } from 'node:path';
import { genesis, readChainedLine, type ReadLine } from './line';
import { monthsIn } from '../lib/monthly-files';
import { linesIn, type FileLine } from './lines-in';
import type { Anchor, AuditKey, Head } from './types';

/**
 * - `changed`: a line is not as it was written
 * - `missing`: lines are missing before existing lines
 * - `cut`: an anchor shows that lines at the end, or the whole file, are missing
 * - `foreign`: a line that is not a part of the chain: put in, copied or moved
 * - `unknown-key`: a line names a key that `audit.key` does not have, so nobody can tell
 */
export type ProblemKind = 'changed' | 'missing' | 'cut' | 'foreign' | 'unknown-key';

export interface Problem {
  readonly kind: ProblemKind;
  /** Path below the state directory, such as `receipts/2026-11.jsonl`. */
  readonly file: string;
  /** First and last line in the file, from 1. For missing lines: the lines before and after them. */
  readonly lines: readonly [number, number];
  /** First and last number in the chain of the changed or missing lines, if known. */
  readonly numbers: readonly [number, number] | null;
}

export interface VerifiedFile {
  readonly file: string;
  /** Number of unchanged lines in an unbroken chain. */
  readonly chained: number;
  /** Number of lines without a chain, from an earlier version. They cannot be checked. */
  readonly unchained: number;
  /** True when the last line is incomplete: a kill or a full disk tore it before it was acknowledged. */
  readonly isTorn: boolean;
}

export interface Verified {
  readonly files: readonly VerifiedFile[];
  readonly problems: readonly Problem[];
}

/** Reads all files of `receipts/` and `audit/`. Errors are those of the system. */
export async function verifyEvidence(
  stateDir: string,
  keys: readonly AuditKey[],
  anchors: readonly Anchor[],
): Promise<Verified> {
  const present: string[] = [];
  for (const directory of ['receipts', 'audit']) {
    for (const name of await monthsIn(join(stateDir, directory))) present.push(`${directory}/${name}`);
  }
  const anchored = new Set(anchors.map(({ file }) => file));
  const files: VerifiedFile[] = [];
  const problems: Problem[] = [];
  for (const file of present) {
    const check = new FileCheck(file, keys, anchors);
    for await (const line of linesIn(join(stateDir, file))) check.take(line);
    files.push(check.end());
    problems.push(...check.problems);
  }
  for (const file of [...anchored].filter((name) => !present.includes(name))) {
    const last = Math.max(...anchors.filter((anchor) => anchor.file === file).map(({ n }) => n));
    problems.push({ kind: 'cut', file, lines: [1, 1], numbers: [1, last] });
  }
  return { files, problems };
}

/** A line that does not fit. The next valid line shows whether this line was changed or inserted. */
interface Doubtful {
  readonly number: number;
  readonly read: ReadLine | null;
}

class FileCheck {
  readonly problems: Problem[] = [];
  readonly #file: string;
  readonly #keys: readonly AuditKey[];
  /** By number in the chain. A number has several lines when the end was cut off and written again. */
  readonly #anchors = new Map<number, Set<string>>();
  /** SHA-256 of the lines before the chain. */
  readonly #before: Hash = createHash('sha256');
  #head: Head | null = null;
  #doubtful: Doubtful[] = [];
  #chained = 0;
  #unchained = 0;
  #isTorn = false;
  #lines = 0;

  constructor(file: string, keys: readonly AuditKey[], anchors: readonly Anchor[]) {
    this.#file = file;
    this.#keys = keys;
    for (const anchor of anchors) {
      if (anchor.file !== file) continue;
      const others = this.#anchors.get(anchor.n);
      if (others === undefined) this.#anchors.set(anchor.n, new Set([anchor.mac]));
      else others.add(anchor.mac);
    }
  }

  take(line: FileLine): void {
    this.#lines = line.number;
    const read = readChainedLine(line.bytes, this.#keys);
    if (read?.state === 'ours') this.#takeOurs(read, line.number);
    else if (!line.isWhole) this.#isTorn = true;
    else if (this.#head === null && this.#doubtful.length === 0 && read === null) this.#takeUnchained(line.bytes);
    else this.#doubtful.push({ number: line.number, read });
  }

  end(): VerifiedFile {
    this.#judge(Number.POSITIVE_INFINITY);
    const last = this.#head?.n ?? 0;
    const anchored = Math.max(0, ...this.#anchors.keys());
    const told = this.problems.some(({ numbers }) => numbers !== null && numbers[1] >= anchored);
    if (anchored > last && !told) this.#tell('cut', [this.#lines, this.#lines], [last + 1, anchored]);
    return { file: this.#file, chained: this.#chained, unchained: this.#unchained, isTorn: this.#isTorn };
  }

  #takeUnchained(bytes: Buffer): void {
    this.#unchained += 1;
    this.#before.update(bytes).update('\n');
  }

  #takeOurs(read: ReadLine, number: number): void {
    const head = this.#head ?? this.#genesis(read);
    if (read.n <= head.n) {
      this.#doubtful.push({ number, read });
      return;
    }
    const missing = read.n - head.n - 1;
    const explained = this.#judge(missing);
    if (missing > explained) this.#tell('missing', [number - 1, number], [head.n + explained + 1, read.n - 1]);
    if (missing === 0 && read.prev !== head.mac) this.#tellBroken(head, number);
    const anchored = this.#anchors.get(read.n) ?? new Set([read.mac]);
    if (anchored.size > 1 || !anchored.has(read.mac)) this.#tell('changed', [number, number], [read.n, read.n]);
    this.#head = { n: read.n, mac: read.mac };
    this.#chained += 1;
  }

  /** Uses the key of the first line, which may no longer be the first key of the ring. */
  #genesis({ keyId }: ReadLine): Head {
    const key = this.#keys.find(({ id }) => id === keyId);
    return key === undefined ? { n: 0, mac: '' } : genesis(key, this.#file, this.#before.copy().digest('hex'));
  }

  /** Reports that the previous line is not the line that came before this line when it was written. */
  #tellBroken(head: Head, number: number): void {
    if (head.n > 0) this.#tell('foreign', [number, number], null);
    else if (this.#unchained > 0) this.#tell('changed', [1, this.#unchained], null);
    else this.#tell('foreign', [number, number], null);
  }

  /**
   * Classifies the lines that do not fit. If the chain misses n lines here, n of them are changed lines; the others
   * were inserted.
   *
   * @returns how many of the missing lines they explain
   */
  #judge(missing: number): number {
    let explained = 0;
    let next = (this.#head?.n ?? 0) + 1;
    for (const { number, read } of this.#doubtful) {
      const stands = read !== null && read.state !== 'ours' && read.n === next && explained < missing;
      const isReplaced = read === null && explained < missing && Number.isFinite(missing);
      if (stands || isReplaced) {
        this.#tell(read?.state === 'unknown-key' ? 'unknown-key' : 'changed', [number, number], [next, next]);
        explained += 1;
        next += 1;
      } else this.#tell('foreign', [number, number], null);
    }
    if (!Number.isFinite(missing) && explained > 0) this.#head = { n: next - 1, mac: '' };
    this.#doubtful = [];
    return explained;
  }

  #tell(kind: ProblemKind, lines: Problem['lines'], numbers: Problem['numbers']): void {
    const last = this.problems.at(-1);
    const goesOn = last?.kind === kind && last.lines[1] === lines[0] - 1;
    if (!goesOn || (last.numbers === null) !== (numbers === null)) {
      this.problems.push({ kind, file: this.#file, lines, numbers });
      return;
    }
    const all = last.numbers === null || numbers === null ? null : ([last.numbers[0], numbers[1]] as const);
    this.problems[this.problems.length - 1] = { ...last, lines: [last.lines[0], lines[1]], numbers: all };
  }
}
