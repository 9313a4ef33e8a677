import { ERROR_TABLE, type ErrorCode } from '../../errors/table';

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

/** The exit code when several apply: 130, else the first of 1, 2, 4, 3, 5, 0. */
export function worstExit(codes: Iterable<ExitCode>): ExitCode {
  const seen = new Set(codes);
  return PRECEDENCE.find((code) => seen.has(code)) ?? EXIT.done;
}

/** The exit code of an error that ends a command (a transfer that failed is always {@link EXIT.failed}). */
export function exitOf(code: ErrorCode): ExitCode {
  return EXIT[ERROR_TABLE[code].commandEnds ?? 'failed'];
}
