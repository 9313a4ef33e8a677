/** The two records that outlive Temporal's retention: `receipts/YYYY-MM.jsonl` and `audit/YYYY-MM.jsonl`. */
import { join } from 'node:path';
import type { AuditEntry, HostAuditEntry, KeepReceiptInput } from '../contract';
import { FerryError } from '../errors';
import { openAnchors } from './anchors';
import { openChain, type Chain } from './chain';
import { loadAuditKeys } from './keys';

/**
 * Each call appends its lines in one durable commit for each month, and resolves when they are on the disk. Only the
 * owner may read the files, because paths and captions are private.
 */
export interface Books {
  /**
   * By the month in which each transfer ended.
   *
   * @throws {FerryError} DISK_FULL, TARGET_NOT_WRITABLE; INPUT_REFUSED for a receipt without a time of its end
   */
  keepReceipts(inputs: readonly KeepReceiptInput[]): Promise<void>;
  /** An entry that this process has written before is skipped. Throws the errors above. */
  keepAudit(entries: readonly (AuditEntry | HostAuditEntry)[]): Promise<void>;
  /** Waits for commits under way, and anchors the last heads. */
  close(): Promise<void>;
}

export interface BooksOptions {
  readonly stateDir: string;
  /** Null: `anchors.jsonl` in the state directory. */
  readonly anchorFile: string | null;
  /** A head could not be anchored; it is tried again. */
  readonly onAnchorFailure: (error: unknown) => void;
}

/**
 * The number of remembered entries. Attempts of one activity come within minutes, and fewer requests than this are
 * under way at once.
 */
const REMEMBERED = 10_000;

/** @throws {FerryError} CONFIG_INVALID for an audit key that cannot be used */
export function openBooks({ stateDir, anchorFile, onAnchorFailure }: BooksOptions): Books {
  const anchors = openAnchors({ path: anchorFile ?? anchorPath(stateDir), onFailure: onAnchorFailure });
  const keys = loadAuditKeys(stateDir);
  const chainOf = (name: string): Chain =>
    openChain({ directory: join(stateDir, name), keys, anchors, lock: join(stateDir, 'audit', `${name}.lock`) });
  const receipts = chainOf('receipts');
  const audit = chainOf('audit');
  const kept = new Set<string>();
  return {
    keepReceipts: (inputs) => appendByMonth(receipts, inputs, ({ receipt }) => receipt.finishedAt, receiptRecord),
    async keepAudit(entries) {
      const fresh = entries.filter(({ id, action }) => !kept.has(`${action} ${id}`));
      await appendByMonth(audit, fresh, ({ at }) => at, auditRecord);
      for (const { id, action } of fresh) kept.add(`${action} ${id}`);
      for (const old of kept) {
        if (kept.size <= REMEMBERED) break;
        kept.delete(old);
      }
    },
    async close() {
      await receipts.close();
      await audit.close();
    },
  };
}

/** The default path of the anchor file. */
export function anchorPath(stateDir: string): string {
  return join(stateDir, 'anchors.jsonl');
}

async function appendByMonth<T>(
  chain: Chain,
  items: readonly T[],
  timeOf: (item: T) => string,
  recordOf: (item: T) => object,
): Promise<void> {
  const months = new Map<string, object[]>();
  for (const item of items) {
    const month = monthOf(timeOf(item));
    const records = months.get(month);
    if (records === undefined) months.set(month, [recordOf(item)]);
    else records.push(recordOf(item));
  }
  await Promise.all(Array.from(months, ([month, records]) => chain.append(month, records)));
}

/** `YYYY-MM`. INPUT_REFUSED for anything else: it becomes a part of a path. */
function monthOf(time: string): string {
  const month = /^(\d{4}-(?:0[1-9]|1[0-2]))-\d\dT/.exec(time)?.[1];
  if (month !== undefined) return month;
  throw new FerryError('INPUT_REFUSED', 'A record for the evidence does not say its time, so it has no month.');
}

function receiptRecord({ receipt, runId, sendKey }: KeepReceiptInput): object {
  return { type: 'receipt', v: 1, ...receipt, runId, sendKey };
}

function auditRecord(entry: AuditEntry | HostAuditEntry): object {
  return { type: 'audit', v: 1, ...entry };
}
