/** The connection to Temporal: every call with a deadline, every failure mapped. Loads the SDK: import it lazily. */
import {
  Connection,
  defaultPayloadConverter,
  isRetryableError,
  makeGrpcRetryInterceptor,
  WorkflowUpdateFailedError,
  type ConnectionOptions,
} from '@temporalio/client';
import { ApplicationFailure, type Payload } from '@temporalio/common';
import { FerryError, isErrorCode } from '../errors';
import { defined } from '../lib/defined';
import { isLoopback } from '../lib/loopback';
import { isAlreadyStarted, toClientError } from './failures';
import { Starter, type StartOptions } from './sdk-internals';

/** TEMPORAL_UNREACHABLE must be reported within 5 s, which includes loading and printing. */
const CALL_MS = 4000;

/** The server answers a long poll for a close event after about 20 s at most. */
const LONG_POLL_MS = 35_000;

type WorkflowService = Connection['workflowService'];

interface CallOptions {
  readonly withinMs?: number;
  readonly transferId?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface Temporal {
  readonly address: string;
  readonly namespace: string;
  readonly service: WorkflowService;
  /** Runs gRPC calls with a deadline; throws FerryError only, or the signal's reason. */
  call<T>(run: () => Promise<T>, options?: CallOptions): Promise<T>;
  /** As `call`, for a call that the server holds open until something happens. */
  longPoll<T>(run: () => Promise<T>, options?: CallOptions): Promise<T>;
  /** True when this call started the workflow, false when it attached to a running one; ALREADY_EXISTS is thrown raw. */
  start(workflowType: string, options: StartOptions): Promise<boolean>;
  query<T>(workflowId: string, runId: string, name: string, withinMs: number): Promise<T>;
  /** The answer of the workflow. Throws a refusal with its code, and TEMPORAL_UNREACHABLE when no answer comes in time. */
  update<T>(workflowId: string, runId: string, name: string, input: object, withinMs: number): Promise<T>;
  signal(workflowId: string, runId: string, name: string, input: object): Promise<void>;
  close(): Promise<void>;
}

export interface TemporalOptions {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  readonly identity?: string;
}

/** TEMPORAL_UNREACHABLE, CREDENTIALS_REFUSED, NOT_CONFIGURED (no such namespace). */
export async function connectTemporal(options: TemporalOptions): Promise<Temporal> {
  const address = options.connection.address ?? '127.0.0.1:7233';
  const connection = openConnection(options.connection, address);
  const temporal = temporalOver(connection, address, options);
  try {
    // waitForReady reports the reason of a failure only after its timeout. A plain call reports it at once.
    await temporal.call(() => connection.workflowService.describeNamespace({ namespace: options.namespace }));
    return temporal;
  } catch (error) {
    await connection.close();
    throw error;
  }
}

function openConnection(options: ConnectionOptions, address: string): Connection {
  try {
    return Connection.lazy({
      ...options,
      address,
      channelArgs: {
        // The pauses of gRPC grow to two minutes, but a server that is back must be noticed within seconds.
        'grpc.initial_reconnect_backoff_ms': 250,
        'grpc.max_reconnect_backoff_ms': 2000,
        // A proxy in the environment is not meant for this machine, even when no_proxy is not set.
        ...(isLoopback(address) ? { 'grpc.enable_http_proxy': 0 } : {}),
        ...options.channelArgs,
      },
      interceptors: options.interceptors ?? [
        makeGrpcRetryInterceptor({
          // The ten attempts of the SDK take half a minute, and a pause can exceed the deadline.
          retryableDecider: (attempt, status) => attempt <= 3 && isRetryableError(status),
          delayFunction: (attempt) => 50 * 2 ** attempt,
        }),
      ],
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new FerryError('CONFIG_INVALID', `The settings for Temporal at ${address} cannot be used: ${message}`, {
      cause: error,
    });
  }
}

function temporalOver(connection: Connection, address: string, options: TemporalOptions): Temporal {
  const { namespace, identity } = options;
  const starter = new Starter({ connection, namespace, ...defined({ identity }) });
  const bounded = async <T>(
    run: () => Promise<T>,
    withinMs: number,
    { signal, transferId }: CallOptions,
  ): Promise<T> => {
    signal?.throwIfAborted();
    // Each call gets its own signal, because the SDK does not remove its listener.
    const own = new AbortController();
    const abort = (): void => own.abort();
    signal?.addEventListener('abort', abort, { once: true });
    try {
      return await connection.withAbortSignal(own.signal, () => connection.withDeadline(Date.now() + withinMs, run));
    } catch (error) {
      signal?.throwIfAborted();
      if (isAlreadyStarted(error)) throw error;
      throw toClientError(error, { address, namespace, transferId });
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  };
  return {
    address,
    namespace,
    service: connection.workflowService,
    call: (run, callOptions = {}) => bounded(run, callOptions.withinMs ?? CALL_MS, callOptions),
    longPoll: (run, callOptions = {}) => bounded(run, callOptions.withinMs ?? LONG_POLL_MS, callOptions),
    start: (type, startOptions) => bounded(() => starter.startNew(type, startOptions), CALL_MS, {}),
    query: (workflowId, runId, name, withinMs) =>
      bounded(() => starter.getHandle(workflowId, runId).query(name), withinMs, { transferId: workflowId }),
    update: <T>(workflowId: string, runId: string, name: string, input: object, withinMs: number) =>
      bounded(
        () =>
          starter
            .getHandle(workflowId, runId)
            .executeUpdate<T, [object]>(name, { args: [input] })
            .catch((error: unknown) => {
              throw refusalIn(error);
            }),
        withinMs,
        { transferId: workflowId },
      ),
    signal: (workflowId, runId, name, input) =>
      bounded(() => starter.getHandle(workflowId, runId).signal(name, input), CALL_MS, { transferId: workflowId }),
    close: () => connection.close(),
  };
}

/** The refusal of the workflow as a FerryError; any other error unchanged. */
function refusalIn(error: unknown): unknown {
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) return new FerryError(cause.type, cause.message);
  return new FerryError('INTERNAL', cause?.message ?? error.message, { cause: error });
}

/** Undefined when the payload cannot be decoded: a payload of another tool must not break a status. */
export function decodePayload(payload: Payload | null | undefined): unknown {
  if (payload === null || payload === undefined) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}
