import type { Journals } from '../jobs';
import type { Cut, CutPages } from '../jobs/types';
import type { Ledger } from '../ledger';
import type { LivePerson } from '../liveperson/types';
import type { SignedUrl } from '../storage/types';
import type { Sealer } from '../secrets';
import type { AccountAccess } from './account-access';
import type { ConsumerDirectory } from './consumers';
import type { AuditEntry, KeepReceiptInput } from '../contract';
import type { Meter } from '../metrics';
import type { Semaphore } from '../lib/semaphore';
import type { ConfirmHeartbeat } from './fence';
import type { Pacer } from './pacer';
import type { SharingKnown } from './sharing';

/** Where the worker keeps receipts for longer than Temporal does. */
export interface ReceiptBook {
  /** Resolves once the receipts are durable, all in one commit. DISK_FULL, TARGET_NOT_WRITABLE. */
  keep(...inputs: readonly KeepReceiptInput[]): Promise<void>;
}

/** Where the worker records who asked for what, and why. */
export interface AuditBook {
  /** Resolves once the entries are durable. DISK_FULL, TARGET_NOT_WRITABLE. */
  keep(entries: readonly AuditEntry[]): Promise<void>;
}

/** Structured and redacted by whoever implements it. */
export interface ActivityLog {
  warn(message: string, facts: Readonly<Record<string, unknown>>): void;
}

/** What the clerk works with. */
export interface JobFiles {
  /** Each job has a directory of its own in this one. */
  readonly directory: string;
  readonly journals: Journals;
  /** JOB_FILES_UNUSABLE. */
  cutPages(cut: Cut): Promise<CutPages>;
}

/** Everything that the activities are given; made once by the worker. */
export interface ActivityDeps {
  /** ACCOUNT_UNKNOWN when the worker's configuration has no such account. */
  account(name: string): AccountAccess;
  readonly liveperson: LivePerson;
  readonly sealer: Sealer;
  readonly consumers: ConsumerDirectory;
  readonly pacer: Pacer;
  readonly sharing: SharingKnown;
  readonly slots: Semaphore;
  readonly receipts: ReceiptBook;
  readonly audit: AuditBook;
  /** Of this host. Receipts get into it through `receipts`. */
  readonly ledger: Pick<
    Ledger,
    'ofTransfer' | 'ofTransfers' | 'lastSequence' | 'bornAt' | 'sentUnder' | 'claim' | 'withdraw' | 'deliver'
  >;
  /**
   * True when no other ledger can know of a publish of this host: a `ferry up` has one state directory. Workers of another
   * Temporal may share a host id, each with a state directory of its own.
   */
  readonly isOnlyLedger: boolean;
  /** Of the jobs whose home is this host. */
  readonly jobs: JobFiles;
  readonly confirmHeartbeat: ConfirmHeartbeat;
  /** Without directories in the configuration any path goes, on the embedded server only. */
  readonly anyPathAllowed: boolean;
  readonly log: ActivityLog;
  readonly meter: Meter;
  signedUrl(parts: { origin: string; relativePath: string; queryParams: Readonly<Record<string, string>> }): SignedUrl;
}
