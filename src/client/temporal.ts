/** The connection to Temporal: every call with a deadline, every failure mapped. Loads the SDK: import it lazily. */
import {
  Connection,
  defaultPayloadConverter,
  isRetryableError,
  makeGrpcRetryInterceptor,
  WithStartWorkflowOperation,
  WorkflowUpdateFailedError,
  type ConnectionLike,
  type ConnectionOptions,
} from '@temporalio/client';
import { ApplicationFailure, type Payload, type Workflow } from '@temporalio/common';
import type { temporal } from '@temporalio/proto';
import { createPayloads, type PayloadKeys, type PayloadOwner, type Payloads } from '../codec';
import { addressed } from '../contract';
import { FerryError, isErrorCode } from '../errors';
import { firstLine } from '../lib/first-line';
import { defined } from '../lib/defined';
import { isLoopback } from '../lib/loopback';
import { isAlreadyStarted, toClientError } from './failures';
import { createLink, followSettings } from './link';
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

/** The options to start a workflow. `input` becomes its only argument. */
type StartRequest = Omit<StartOptions, 'args'> & { readonly input: object };

export interface Temporal {
  readonly address: string;
  readonly namespace: string;
  readonly service: WorkflowService;
  /** Runs gRPC calls with a deadline; throws FerryError only, or the signal's reason. */
  call<T>(run: () => Promise<T>, options?: CallOptions): Promise<T>;
  /** Like `call`, for a call that the server holds open until something happens. */
  longPoll<T>(run: () => Promise<T>, options?: CallOptions): Promise<T>;
  /** True when this call started the workflow, false when it attached to a running one; ALREADY_EXISTS is thrown raw. */
  start(workflowType: string, options: StartRequest): Promise<boolean>;
  query<T>(workflowId: string, runId: string, name: string, withinMs: number): Promise<T>;
  /** The answer of the workflow. Throws a refusal with its code, and TEMPORAL_UNREACHABLE when no answer comes in time. */
  update<T>(workflowId: string, runId: string, name: string, input: object, withinMs: number): Promise<T>;
  /** Like `update`, but first starts the workflow when none runs under this id. */
  updateWithStart<T>(type: string, start: StartRequest, name: string, input: object, withinMs: number): Promise<T>;
  signal(workflowId: string, runId: string, name: string, input: object): Promise<void>;
  /** Like `signal`, but first starts the workflow when none runs under this id. */
  signalWithStart(type: string, start: StartRequest, name: string, input: object): Promise<void>;
  /** Undefined when the payload cannot be read, because a payload of another tool must not break a status. */
  readonly read: (payload: Payload | null | undefined, owner: Owner) => unknown;
  /** The failure and its causes, with their messages decrypted. */
  readonly readFailure: (failure: FailureProto | null | undefined, owner: Owner) => FailureProto | null;
  /** The form of a person's or file's name in ids and search attributes. */
  readonly shown: Payloads['shown'];
  /** True when payloads are encrypted: names of files and persons are not in plain text in Temporal. */
  readonly sealed: boolean;
  close(): Promise<void>;
}

/** The owner of a payload: an activity, or the workflow when `activityId` is absent. */
export type Owner = Pick<PayloadOwner, 'workflowId'> & Partial<Pick<PayloadOwner, 'activityId'>>;

type FailureProto = temporal.api.failure.v1.IFailure;

export interface TemporalOptions {
  readonly connection: ConnectionOptions;
  readonly namespace: string;
  readonly identity?: string;
  /** Reads the settings of `connection` again. @default they never change */
  readonly readConnection?: () => Promise<ConnectionOptions>;
  /** The first key encrypts, every key decrypts. @default payloads are not encrypted */
  readonly payloadKeys?: PayloadKeys | null;
}

/** TEMPORAL_UNREACHABLE, CREDENTIALS_REFUSED, NOT_CONFIGURED (no such namespace). */
export async function connectTemporal(options: TemporalOptions): Promise<Temporal> {
  const address = options.connection.address ?? '127.0.0.1:7233';
  const link = createLink(openConnection(options.connection, address));
  const temporal = temporalOver(link, address, options);
  try {
    // waitForReady reports the reason of a failure only after its timeout. A plain call reports it at once.
    await temporal.call(() => temporal.service.describeNamespace({ namespace: options.namespace }));
  } catch (error) {
    await temporal.close();
    throw error;
  }
  followSettings(link, options, (settings) => openConnection(settings, address));
  return temporal;
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
        // A connection to this machine must not use the proxy of the environment, even when no_proxy is not set.
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
    const message = `The settings for Temporal at ${address} cannot be used: ${firstLine(error)}.`;
    throw new FerryError('CONFIG_INVALID', message, { cause: error });
  }
}

/** The connection of a client or of a worker to Temporal. */
export interface AnyLink {
  connection(): ConnectionLike & Pick<Connection, 'workflowService' | 'withDeadline' | 'withAbortSignal'>;
  close(): Promise<void>;
}

/** Closing it closes the link. */
export function temporalOver(link: AnyLink, address: string, options: Omit<TemporalOptions, 'connection'>): Temporal {
  const { namespace, identity } = options;
  const payloads = createPayloads(options.payloadKeys ?? null);
  const { dataConverter } = payloads;
  const starter = (): Starter =>
    new Starter({ connection: link.connection(), namespace, dataConverter, ...defined({ identity }) });
  const read: Temporal['read'] = (payload, { workflowId, activityId = '' }) =>
    payload === null || payload === undefined
      ? undefined
      : decodePayload(payloads.read(payload, { namespace, workflowId, activityId }));
  const bounded = async <T>(
    run: () => Promise<T>,
    withinMs: number,
    { signal, transferId }: CallOptions,
  ): Promise<T> => {
    signal?.throwIfAborted();
    const connection = link.connection();
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
    get service() {
      return link.connection().workflowService;
    },
    call: (run, callOptions = {}) => bounded(run, callOptions.withinMs ?? CALL_MS, callOptions),
    longPoll: (run, callOptions = {}) => bounded(run, callOptions.withinMs ?? LONG_POLL_MS, callOptions),
    start: (type, { input, ...rest }) =>
      bounded(() => starter().startNew(type, { ...rest, args: [addressed(type, input)] }), CALL_MS, {}),
    query: (workflowId, runId, name, withinMs) =>
      bounded(() => starter().getHandle(workflowId, runId).query(name), withinMs, { transferId: workflowId }),
    update: <T>(workflowId: string, runId: string, name: string, input: object, withinMs: number) =>
      bounded(
        () =>
          starter()
            .getHandle(workflowId, runId)
            .executeUpdate<T, [object]>(name, { args: [addressed(name, input)] })
            .catch((error: unknown) => {
              throw refusalIn(error);
            }),
        withinMs,
        { transferId: workflowId },
      ),
    updateWithStart: <T>(
      type: string,
      { input, ...start }: StartRequest,
      name: string,
      update: object,
      withinMs: number,
    ) =>
      bounded(
        () =>
          starter()
            .executeUpdateWithStart<Workflow, T, [object]>(name, {
              args: [addressed(name, update)],
              startWorkflowOperation: new WithStartWorkflowOperation<Workflow>(type, {
                workflowIdConflictPolicy: 'USE_EXISTING',
                ...start,
                args: [addressed(type, input)],
              }),
            })
            .catch((error: unknown) => {
              throw refusalIn(error);
            }),
        withinMs,
        { transferId: start.workflowId },
      ),
    signal: (workflowId, runId, name, input) =>
      bounded(() => starter().getHandle(workflowId, runId).signal(name, addressed(name, input)), CALL_MS, {
        transferId: workflowId,
      }),
    signalWithStart: (type, { input, ...start }, name, signal) =>
      bounded(
        () =>
          starter().signalWithStart<Workflow, [object]>(type, {
            workflowIdConflictPolicy: 'USE_EXISTING',
            ...start,
            args: [addressed(type, input)],
            signal: name,
            signalArgs: [addressed(name, signal)],
          }),
        CALL_MS,
        { transferId: start.workflowId },
      ).then(() => undefined),
    read,
    readFailure: (failure, owner) => readFailure(failure, (payload) => read(payload, owner)),
    shown: payloads.shown,
    sealed: payloads.sealed,
    close: () => link.close(),
  };
}

/** The refusal of the workflow as a FerryError; any other error unchanged. */
function refusalIn(error: unknown): unknown {
  if (!(error instanceof WorkflowUpdateFailedError)) return error;
  const { cause } = error;
  if (cause instanceof ApplicationFailure && isErrorCode(cause.type)) return new FerryError(cause.type, cause.message);
  return new FerryError('INTERNAL', cause?.message ?? error.message, { cause: error });
}

/** When payloads are sealed, the text of a failure is in `encodedAttributes`. */
function readFailure(
  failure: FailureProto | null | undefined,
  read: (payload: Payload) => unknown,
): FailureProto | null {
  if (failure === null || failure === undefined) return null;
  const { encodedAttributes, cause } = failure;
  const said = encodedAttributes === null || encodedAttributes === undefined ? undefined : read(encodedAttributes);
  const { message } = (typeof said === 'object' && said !== null ? said : {}) as { readonly message?: unknown };
  return {
    ...failure,
    ...(typeof message === 'string' ? { message } : {}),
    cause: readFailure(cause, read),
  };
}

/**
 * The value of an unsealed payload. Undefined when it cannot be decoded, because a payload of another tool must not
 * break a status.
 */
export function decodePayload(payload: Payload | null | undefined): unknown {
  if (payload === null || payload === undefined) return undefined;
  try {
    return defaultPayloadConverter.fromPayload(payload);
  } catch {
    return undefined;
  }
}
