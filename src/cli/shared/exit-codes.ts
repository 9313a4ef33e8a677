import type { ErrorCode } from '../../errors';

/** Exit codes: a contract that scripts rely on; docs/operating.md lists them. */
export const EXIT = {
  done: 0,
  fault: 1,
  usage: 2,
  failed: 3,
  unreachable: 4,
  timeout: 5,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const PRECEDENCE: readonly ExitCode[] = [
  EXIT.interrupted,
  EXIT.fault,
  EXIT.usage,
  EXIT.unreachable,
  EXIT.failed,
  EXIT.timeout,
  EXIT.done,
];

/** Of several that apply, the one to leave with: 130, else the first of 1, 2, 4, 3, 5, 0. */
export function worstExit(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return PRECEDENCE.find((code) => seen.has(code)) ?? EXIT.done;
}

const EXIT_OF: Readonly<Partial<Record<ErrorCode, ExitCode>>> = {
  INTERNAL: EXIT.fault,
  ENGINE_FAILED: EXIT.fault,
  TEMPORAL_UNREACHABLE: EXIT.unreachable,
  // No Temporal is to be had: for a script the same as one that cannot be reached.
  ENGINE_UNAVAILABLE: EXIT.unreachable,
  TIMEOUT: EXIT.timeout,
  // Wrong input: the same command would be refused again.
  USAGE: EXIT.usage,
  CONFIG_INVALID: EXIT.usage,
  NOT_CONFIGURED: EXIT.usage,
  ACCOUNT_UNKNOWN: EXIT.usage,
  TRANSFER_UNKNOWN: EXIT.usage,
  TRANSFER_AMBIGUOUS: EXIT.usage,
  TRANSFER_CLOSED: EXIT.usage,
  COMMAND_IMPOSSIBLE: EXIT.usage,
  PORT_BUSY: EXIT.usage,
  ALREADY_UP: EXIT.usage,
  TYPE_NOT_ALLOWED: EXIT.usage,
  TOO_LARGE: EXIT.usage,
  EMPTY_FILE: EXIT.usage,
  NOT_A_FILE: EXIT.usage,
  IMAGE_BROKEN: EXIT.usage,
  CAPTION_TOO_LONG: EXIT.usage,
  SOURCE_MISSING: EXIT.usage,
  SOURCE_UNREADABLE: EXIT.usage,
  PATH_NOT_ALLOWED: EXIT.usage,
  TARGET_EXISTS: EXIT.usage,
  TARGET_PARENT_MISSING: EXIT.usage,
  TARGET_NOT_WRITABLE: EXIT.usage,
};

/** The exit code of an error that ends a command (a transfer that failed is always {@link EXIT.failed}). */
export function exitOf(code: ErrorCode): ExitCode {
  return EXIT_OF[code] ?? EXIT.failed;
}
