import type { Journals } from '../jobs';
import type { Cut, CutPages } from '../jobs/types';
import type { Ledger } from '../ledger';
import type { LivePerson } from '../liveperson/types';
import type { SignedUrl } from '../storage/types';
import type { Sealer } from '../secrets';
import type { AccountAccess } from './account-access';
import type { ByteSlots } from './byte-slots';
import type { ConsumerDirectory } from './consumers';
import type { AuditEntry, KeepReceiptInput } from '../contract';
import type { Meter } from '../metrics';
import type { ConfirmHeartbeat } from './fence';
import type { Notices } from './notices';
import type { Pacer } from './pacer';
import type { Previews } from './previews';
import type { SharingKnown } from './sharing';

/** Stores receipts, and keeps them longer than Temporal does. */
export interface ReceiptBook {
  /** Resolves once the receipts are durable, all in one commit. DISK_FULL, TARGET_NOT_WRITABLE. */
  keep(...inputs: readonly KeepReceiptInput[]): Promise<void>;
}

/** Records who asked for what, and why. */
export interface AuditBook {
  /** Resolves once the entries are durable. DISK_FULL, TARGET_NOT_WRITABLE. */
  keep(entries: readonly AuditEntry[]): Promise<void>;
}

/** The implementation adds structure and removes secrets. */
export interface ActivityLog {
  warn(message: string, facts: Readonly<Record<string, unknown>>): void;
}

/** The files of jobs, for the clerk. */
export interface JobFiles {
  /** The state directory of the worker, which holds jobs and schedules. */
  readonly stateDir: string;
  /** The parent of the directories of all jobs. */
  readonly directory: string;
  readonly journals: Journals;
  /** JOB_FILES_UNUSABLE. */
  cutPages(cut: Cut): Promise<CutPages>;
}

/** The dependencies of the activities, which the worker makes once. */
export interface ActivityDeps {
  /** ACCOUNT_UNKNOWN when the worker's configuration has no such account. */
  account(name: string): AccountAccess;
  readonly liveperson: LivePerson;
  readonly sealer: Sealer;
  readonly consumers: ConsumerDirectory;
  readonly pacer: Pacer;
  readonly sharing: SharingKnown;
  readonly slots: ByteSlots;
  readonly previews: Previews;
  readonly receipts: ReceiptBook;
  readonly audit: AuditBook;
  /** The ledger of this host. `receipts` writes receipts to it. */
  readonly ledger: Pick<
    Ledger,
    'ofTransfer' | 'ofTransfers' | 'lastSequence' | 'bornAt' | 'sentUnder' | 'claim' | 'withdraw' | 'deliver'
  >;
  /**
   * True when no other ledger can know of a publish of this host: a `ferry up` has one state directory. Workers of
   * another Temporal may share a host id, each with a state directory of its own.
   */
  readonly isOnlyLedger: boolean;
  /** The files of the jobs whose home is this host. */
  readonly jobs: JobFiles;
  readonly confirmHeartbeat: ConfirmHeartbeat;
  /** True on the embedded server: accounts without `directories` may use any path. */
  readonly anyPathAllowed: boolean;
  readonly log: ActivityLog;
  readonly meter: Meter;
  readonly notices: Notices;
  signedUrl(parts: { origin: string; relativePath: string; queryParams: Readonly<Record<string, string>> }): SignedUrl;
}
