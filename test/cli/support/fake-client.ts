import type {
  FerryClient,
  JobClient,
  StartedTransfer,
  TransferEvent,
  TransferOutcome,
  TransferRequest,
  TransferStatus,
} from '../../../src/client/types';
import { FerryError } from '../../../src/errors';
import type { Receipt } from '../../../src/contract';

export function receiptOf(transferId: string, changes: Partial<Receipt> = {}): Receipt {
  return {
    transferId,
    source: `/data/${transferId}.jpg`,
    host: 'here',
    account: 'acme',
    consumer: 'ops',
    conversationId: '3f1c0000-1111-2222-3333-444455556666',
    dialogId: '3f1c0000-1111-2222-3333-444455556666',
    relativePath: `/v1/AUTH_async-images/12345678/${transferId}.JPG`,
    sequence: 14,
    caption: '',
    fileType: 'JPG',
    sizeBytes: 800_000,
    md5: 'd41d8cd98f00b204e9800998ecf8427e',
    sha256: null,
    fetchedTo: null,
    urlRenewals: 0,
    bytesSent: 800_000,
    bytesFetched: 0,
    repeated: false,
    startedAt: '2026-11-22T14:03:00.000Z',
    finishedAt: '2026-11-22T14:03:01.900Z',
    ...changes,
  };
}

export function statusOf(transferId: string, changes: Partial<TransferStatus> = {}): TransferStatus {
  return {
    transferId,
    kind: 'send',
    state: 'running',
    step: 'upload',
    account: 'acme',
    source: `/data/${transferId}.jpg`,
    sizeBytes: 3_000_000,
    bytesDone: 0,
    attempt: 1,
    urlRenewals: 0,
    startedAt: '2026-11-22T14:03:00.000Z',
    nextTryAt: null,
    error: null,
    receipt: null,
    stale: false,
    ...changes,
  };
}

export function eventOf(kind: TransferEvent['kind'], status: TransferStatus): TransferEvent {
  return { type: 'event', v: 1, at: '2026-11-22T14:03:00.000Z', kind, transferId: status.transferId, status };
}

/** The end of a transfer that went well. */
export function doneEvent(transferId: string, changes: Partial<Receipt> = {}): TransferEvent {
  const receipt = receiptOf(transferId, changes);
  return eventOf('end', statusOf(transferId, { state: 'done', step: 'publish', receipt }));
}

export interface FakeClientOptions {
  readonly start?: (request: TransferRequest) => Promise<StartedTransfer> | StartedTransfer;
  /** What is seen of a transfer, in order; a promise is waited for, and `hang` never comes. */
  readonly events?: (transferId: string) => readonly (TransferEvent | 'hang')[];
  readonly status?: (transferId: string) => TransferStatus;
  readonly hasWorker?: (host: string) => Promise<boolean>;
  readonly conversationIsOpen?: FerryClient['conversationIsOpen'];
  readonly list?: readonly TransferStatus[];
  readonly jobs?: Partial<JobClient>;
}

const unused = (): never => {
  throw new FerryError('INTERNAL', 'not part of this test');
};

const UNUSED_JOBS: JobClient = {
  start: unused,
  resolveId: unused,
  status: unused,
  list: unused,
  watch: unused,
  cancel: unused,
  pause: unused,
  resume: unused,
  retry: unused,
  set: unused,
  move: unused,
};

export function fakeClient(options: FakeClientOptions = {}): FerryClient & { readonly requests: TransferRequest[] } {
  const requests: TransferRequest[] = [];
  return {
    requests,
    async start(request) {
      requests.push(request);
      const byName = { transferId: request.file.split('/').at(-1)?.split('.')[0] ?? '', repeated: false };
      return (await options.start?.(request)) ?? byName;
    },
    async *watch(transferId, watchOptions = {}) {
      for (const event of options.events?.(transferId) ?? [doneEvent(transferId)]) {
        if (event === 'hang') await aborted(watchOptions.signal);
        else yield event;
        if (watchOptions.signal?.aborted === true) return;
      }
    },
    // The watch tells the end in these tests; the long poll only ends when it is told to.
    async result(_transferId, signal): Promise<TransferOutcome> {
      await aborted(signal);
      throw new FerryError('INTERNAL', 'aborted');
    },
    status: async (transferId) => options.status?.(transferId) ?? statusOf(transferId),
    find: async (prefix) => options.status?.(prefix) ?? statusOf(prefix),
    resolveId: async (prefix) => prefix,
    list: async () => options.list ?? [],
    hasWorker: options.hasWorker ?? (async () => true),
    schedules: {
      add: unused,
      list: unused,
      status: unused,
      update: unused,
      pause: unused,
      resume: unused,
      trigger: unused,
      remove: unused,
    },
    conversationIsOpen: options.conversationIsOpen ?? (async () => null),
    jobs: { ...UNUSED_JOBS, list: async () => [], ...options.jobs },
    cancel: unused,
    pause: unused,
    resume: unused,
    retry: unused,
    fetch: unused,
    counts: () => Promise.reject(new Error('not in this test')),
    limits: () => Promise.resolve(null),
    sealKeyUse: unused,
    changeLimits: () => Promise.reject(new Error('not in this fake')),
    health: unused,
    close: async () => {},
  };
}

function aborted(signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve();
    else signal?.addEventListener('abort', () => resolve(), { once: true });
  });
}
