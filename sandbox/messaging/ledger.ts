import type { Journal } from '../types';
import { isOwnEntry, type Fact } from './entries';
import { applyFact, freshState, type State } from './state';

/**
 * The state, and the one way to change it: a fact becomes visible (to readers, subscribers and answers) only when the
 * journal has it on disk. Facts become visible in the order in which they were committed, also when several appends
 * share one fsync.
 */
export interface Ledger {
  readonly state: State;
  /** Resolves when the fact is on disk and visible; rejects when it could not be written, and then nothing changed. */
  commit(fact: Fact): Promise<void>;
  replay(entry: unknown): void;
  /** Next sequence of the dialog, given once; 0 for the first. */
  nextSequence(dialogId: string): number;
  /** Called in the tick in which a fact becomes visible; not for replayed ones. */
  onVisible(listener: (fact: Fact) => void): void;
  /** Resolves when all that was committed so far is settled. */
  settled(): Promise<void>;
}

export function createLedger(journal: Journal): Ledger {
  const state = freshState();
  const listeners: ((fact: Fact) => void)[] = [];
  const sequences = new Map<string, number>();
  let last: Promise<void> = Promise.resolve();

  async function commitAfter(earlier: Promise<void>, fact: Fact): Promise<void> {
    const [, written] = await Promise.allSettled([earlier, journal.append({ room: 'messaging', ...fact })]);
    if (written.status === 'rejected') throw written.reason;
    applyFact(state, fact);
    for (const listener of listeners) listener(fact);
  }

  return {
    state,
    commit(fact) {
      last = commitAfter(last, fact);
      return last;
    },
    replay(entry) {
      if (!isOwnEntry(entry)) return;
      applyFact(state, entry);
      if (entry.what === 'message') sequences.set(entry.message.dialogId, entry.message.sequence + 1);
    },
    nextSequence(dialogId) {
      const sequence = sequences.get(dialogId) ?? 0;
      sequences.set(dialogId, sequence + 1);
      return sequence;
    },
    onVisible(listener) {
      listeners.push(listener);
    },
    async settled() {
      await Promise.allSettled([last]);
    },
  };
}
