/**
 * The heads of chains, kept outside of the chained files. Without them a file whose end was cut off looks complete. The
 * anchor file is only ever appended to, so it may lie on an append-only medium.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { safeJson } from '../lib/safe-json';
import { hasSystemCode } from '../lib/system-code';
import type { Anchor, Head } from './types';

export interface AnchorWriter {
  /** Anchors the head of a file: the first one at once, later ones at most every ten seconds. Never throws. */
  note(file: string, head: Head): void;
  /** Resolves when the last heads are anchored, or could not be. */
  flush(): Promise<void>;
}

export interface AnchorOptions {
  readonly path: string;
  /** A head that could not be anchored is anchored with the next one. */
  readonly onFailure: (error: unknown) => void;
  /** @default 10_000 */
  readonly everyMs?: number;
}

const EVERY_MS = 10_000;

export function openAnchors({ path, onFailure, everyMs = EVERY_MS }: AnchorOptions): AnchorWriter {
  const due = new Map<string, Head>();
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();
  let lastAt = Number.NEGATIVE_INFINITY;

  const write = async (): Promise<void> => {
    const heads = [...due];
    if (heads.length === 0) return;
    due.clear();
    lastAt = performance.now();
    const at = new Date().toISOString();
    const lines = heads.map(([file, { n, mac }]) => `${safeJson({ type: 'anchor', v: 1, at, file, n, mac })}\n`);
    try {
      await appendFile(path, lines.join(''), { mode: 0o600, flush: true });
    } catch (error) {
      for (const [file, head] of heads) if (!due.has(file)) due.set(file, head);
      onFailure(error);
    }
  };
  const writeNow = (): void => {
    timer = null;
    writing = writing.then(write);
  };
  return {
    note(file, head) {
      due.set(file, head);
      timer ??= setTimeout(writeNow, Math.max(0, lastAt + everyMs - performance.now())).unref();
    },
    async flush() {
      if (timer !== null) clearTimeout(timer);
      writeNow();
      await writing;
    },
  };
}

/** All anchors of a file, oldest first. Skips damaged and foreign lines, which prove nothing without a key. */
export async function readAnchors(path: string): Promise<readonly Anchor[]> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (hasSystemCode(error, 'ENOENT')) return [];
    throw error;
  }
  return text.split('\n').flatMap((line) => parse(line) ?? []);
}

function parse(line: string): Anchor | null {
  let read: Partial<Record<keyof Anchor, unknown>> | null;
  try {
    read = JSON.parse(line) as typeof read;
  } catch {
    return null;
  }
  const { at, file, n, mac } = read ?? {};
  const isWhole = typeof at === 'string' && typeof file === 'string' && typeof n === 'number';
  return isWhole && typeof mac === 'string' ? { at, file, n, mac } : null;
}
