import type { ErrorCode } from '../errors';

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

/** The exit code of an error that ends a command (a transfer that failed is always {@link EXIT.failed}). */
export function exitOf(code: ErrorCode): ExitCode {
  switch (code) {
    case 'INTERNAL':
    case 'ENGINE_FAILED':
      return EXIT.fault;
    case 'TEMPORAL_UNREACHABLE':
    case 'ENGINE_UNAVAILABLE':
      return EXIT.unreachable;
    case 'TIMEOUT':
      return EXIT.timeout;
    case 'USAGE':
    case 'CONFIG_INVALID':
    case 'NOT_CONFIGURED':
    case 'ACCOUNT_UNKNOWN':
    case 'TRANSFER_UNKNOWN':
    case 'TRANSFER_AMBIGUOUS':
    case 'TRANSFER_CLOSED':
    case 'PORT_BUSY':
    case 'ALREADY_UP':
      return EXIT.usage;
    default:
      return isRefusedInput(code) ? EXIT.usage : EXIT.failed;
  }
}

const REFUSED_INPUT: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'TYPE_NOT_ALLOWED',
  'TOO_LARGE',
  'EMPTY_FILE',
  'NOT_A_FILE',
  'IMAGE_BROKEN',
  'CAPTION_TOO_LONG',
  'SOURCE_MISSING',
  'SOURCE_UNREADABLE',
  'PATH_NOT_ALLOWED',
  'TARGET_EXISTS',
  'TARGET_PARENT_MISSING',
  'TARGET_NOT_WRITABLE',
]);

function isRefusedInput(code: ErrorCode): boolean {
  return REFUSED_INPUT.has(code);
}
