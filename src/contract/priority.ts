/**
 * Temporal hands out the tasks of a queue in this order: a smaller key first. Workflows are started with their key, and
 * their activities inherit it. Without a key a task has 3.
 */
export const PRIORITY = {
  /** Work that other work waits for: tokens, conversations, limits. */
  entity: 1,
  /** A single file that a person waits for. */
  followed: 2,
  /** Many files, or files that nobody waits for. */
  many: 3,
  job: 4,
  /** Lines of a job that were parked and are tried again. */
  again: 5,
} as const;

/** The urgency of a transfer: `followed` goes before `many`. */
export type Urgency = 'followed' | 'many';
