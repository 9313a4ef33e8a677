/** Receipts and the audit log of this host: chained, anchored, checked and exported. See docs/decisions/018. */
export { readAnchors } from './anchors';
export { anchorPath, openBooks, type Books, type BooksOptions } from './books';
export { EXPORT_FORMATS, exportReceipts, type ExportFormat, type ExportOptions } from './export';
export { auditKeyPath, makeAuditKey, readAuditKeys } from './keys';
export type { Anchor, AuditKey } from './types';
export { verifyEvidence, type Problem, type ProblemKind, type Verified, type VerifiedFile } from './verify';
