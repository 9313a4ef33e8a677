import { redactPath } from './redact';
import type { RequestLog, RequestRecord } from './types';

/** Older requests are forgotten beyond this many; the journal is a window on tests and trials, not an archive. */
const REQUESTS_KEPT = 100_000;

/** A request that may still be under way: status and bytes change until it ends. */
export type OpenRecord = { -readonly [K in keyof RequestRecord]: RequestRecord[K] };

/**
 * Every request received, newest last. An HTTP request is entered when its head arrives, so that one that never gets
 * an answer is seen too; its status and bytes follow.
 */
export class RequestJournal implements RequestLog {
  private records: OpenRecord[] = [];

  private readonly kept: number;

  constructor(kept = REQUESTS_KEPT) {
    this.kept = kept;
  }

  add(record: Omit<RequestRecord, 'at'>): void {
    this.open(record);
  }

  open(record: Omit<RequestRecord, 'at'>): OpenRecord {
    const entry: OpenRecord = { at: new Date().toISOString(), ...record };
    if (entry.path !== undefined) entry.path = redactPath(entry.path);
    this.records.push(entry);
    // In blocks: moving 100,000 entries up by one for each request would cost more than the request.
    if (this.records.length >= this.kept * 1.1) this.records = this.records.slice(-this.kept);
    return entry;
  }

  all(): readonly RequestRecord[] {
    return this.records.slice(-this.kept).map((record) => ({ ...record }));
  }
}
