/** Translates errors of gRPC and Temporal into errors of Ferry. No other error leaves this room. */
import { FerryError, isFerryError, type ErrorCode } from '../errors';

/** Numbers of grpc.status, copied so that this file does not load gRPC. */
const GRPC = {
  cancelled: 1,
  unknown: 2,
  invalidArgument: 3,
  deadlineExceeded: 4,
  notFound: 5,
  alreadyExists: 6,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** The fields of a ServiceError of gRPC that are used here. */
interface GrpcError extends Error {
  readonly code: number;
  readonly details: string;
}

export interface FailureContext {
  readonly address: string;
  readonly namespace: string;
  /** The requested transfer, when the call was about one. */
  readonly transferId?: string | undefined;
}

export function toClientError(error: unknown, context: FailureContext): FerryError {
  if (isFerryError(error)) return error;
  const named = byName(error, context);
  if (named !== null) return named;
  const grpc = grpcErrorIn(error);
  if (grpc !== null) return fromGrpc(grpc, context);
  const message = error instanceof Error ? error.message : String(error);
  return new FerryError('INTERNAL', `Talking to Temporal at ${context.address} failed: ${message}`, { cause: error });
}

/** True when the server may answer the same question later. */
export function isPassing(error: FerryError): boolean {
  return error.row.service === 'away';
}

export function unknownTransfer(transferId: string): FerryError {
  if (transferId === '') return new FerryError('TRANSFER_UNKNOWN', 'The given id is empty.');
  return new FerryError('TRANSFER_UNKNOWN', `No transfer has the id ${transferId}, or its history is no longer kept.`);
}

function byName(error: unknown, context: FailureContext): FerryError | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === 'NamespaceNotFoundError') return noNamespace(context);
    if (at.name === 'WorkflowNotFoundError') return unknownTransfer(context.transferId ?? '(none)');
  }
  return null;
}

function grpcErrorIn(error: unknown): GrpcError | null {
  for (let at = error; at instanceof Error; at = at.cause) {
    const { code, details } = at as Partial<GrpcError>;
    if (typeof code === 'number' && typeof details === 'string') return at as GrpcError;
  }
  return null;
}

/** True when the workflow ran before and its result forbids another run. */
export function isAlreadyStarted(error: unknown): boolean {
  return grpcErrorIn(error)?.code === GRPC.alreadyExists;
}

/** The server's message for an invalid request; null for another error. */
export function refusedArgument(error: FerryError): string | null {
  const grpc = error.code === 'INTERNAL' ? grpcErrorIn(error.cause) : null;
  return grpc?.code === GRPC.invalidArgument ? grpc.details.replace(/[.\s]+$/, '') : null;
}

function fromGrpc(grpc: GrpcError, context: FailureContext): FerryError {
  const { address } = context;
  const { code, details } = grpc;
  const reason = whyUnreachable(code, details);
  if (reason !== null) {
    return new FerryError('TEMPORAL_UNREACHABLE', `Cannot reach Temporal at ${address} (${reason}).`, { cause: grpc });
  }
  switch (code) {
    case GRPC.unauthenticated:
    case GRPC.permissionDenied:
      return said('CREDENTIALS_REFUSED', `Temporal at ${address} refused the credentials`, grpc);
    case GRPC.resourceExhausted:
      return said('THROTTLED', `Temporal at ${address} asks for fewer requests`, grpc);
    case GRPC.notFound:
      if (/^namespace/i.test(details)) return noNamespace(context);
      return unknownTransfer(context.transferId ?? '(none)');
    case GRPC.invalidArgument:
      if (!/search attribute/i.test(details)) break;
      return said('NOT_CONFIGURED', `Temporal at ${address} lacks search attributes of Ferry in its namespace`, grpc);
    default:
  }
  return said('INTERNAL', `Temporal at ${address} answered with an error`, grpc);
}

function whyUnreachable(code: number, details: string): string | null {
  switch (code) {
    case GRPC.unavailable:
      return REASONS.find(([pattern]) => pattern.test(details))?.[1] ?? 'not available';
    case GRPC.deadlineExceeded:
      return 'timeout';
    case GRPC.cancelled:
      return 'connection lost';
    case GRPC.unknown:
    case GRPC.unimplemented:
      return /HTTP status/i.test(details) ? 'what answers there is not Temporal' : null;
    case GRPC.internal:
      return /RST_STREAM|protocol error|without gRPC status/i.test(details) ? 'connection lost' : null;
    default:
      return null;
  }
}

function said(code: ErrorCode, what: string, grpc: GrpcError): FerryError {
  return new FerryError(code, `${what}: ${grpc.details.replace(/[.\s]+$/, '')}.`, { cause: grpc });
}

function noNamespace({ address, namespace }: FailureContext): FerryError {
  return new FerryError('NOT_CONFIGURED', `Temporal at ${address} has no namespace ${namespace}.`);
}

/** The order counts: the text of a TLS failure can also name a connection that was reset. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/ECONNREFUSED/, 'refused'],
  [/ENOTFOUND|EAI_AGAIN|Name resolution failed/i, 'host name not found'],
  [/wrong version number|packet length too long/i, 'TLS: the server does not speak it'],
  [/certificate has expired/i, "TLS: the server's certificate has expired"],
  [/altnames|Hostname\/IP/i, "TLS: the server's certificate is for another host"],
  [/self[- ]signed|unable to (get|verify)|UNABLE_TO/i, "TLS: the server's certificate is not trusted"],
  [/certificate required|bad certificate|alert/i, "TLS: the server refused the client's certificate"],
  [/SSL|TLS|certificate/i, 'TLS'],
  [/EHOSTUNREACH|ENETUNREACH/, 'no route to it'],
  [/ETIMEDOUT|timed? ?out/i, 'timeout'],
  [/Protocol error/i, 'what answers there is not Temporal, or it expects TLS'],
  [/ECONNRESET|EPIPE|hang up|dropped|GOAWAY|RST_STREAM|closed/i, 'connection lost'],
];

/** Null when Temporal does not know the transfer. Its history can be deleted between two calls. */
export async function whenKnown<Answer>(ask: () => Promise<Answer>): Promise<Answer | null> {
  try {
    return await ask();
  } catch (error) {
    if (isFerryError(error) && error.code === 'TRANSFER_UNKNOWN') return null;
    throw error;
  }
}
