import { proxyActivities, type ActivityOptions } from '@temporalio/workflow';
import {
  CONSUMER_QUEUE,
  type AcquireTokenInput,
  type ConsumerActivities,
  type DiscardPartInput,
  type EnsureConversationInput,
  type FetchActivityInput,
  type HostActivities,
  hostQueue,
  type Identity,
  type InspectInput,
  type IoActivities,
  ioQueue,
  type KeepReceiptInput,
  type LookAtConversationInput,
  type OpenInput,
  PRIORITY,
  type PublishInput,
  type RequestDownloadUrlInput,
  type RequestUploadUrlInput,
  type ResealTokenInput,
  SHARED_QUEUE,
  type SharedActivities,
  type UploadInput,
} from '../contract';
import { checkedResult } from './inputs';

/** After this without a heartbeat an attempt has failed. Workers send one every second. */
const HEARTBEAT_TIMEOUT_MS = 15_000;

/** The longest attempt of a step that moves no bytes. */
const SHORT_ATTEMPT_MS = 120_000;

/** A publish that its host has not picked up after this time goes to any worker, without a preview. */
const PUBLISH_PICKUP_MS = 60_000;

/** A receipt that the host has not picked up after this time is kept by any worker. */
const RECEIPT_PICKUP_MS = 60_000;

/** How long a cancelled fetch waits for its host to come back and remove the part; then the part stays. */
const DISCARD_WITHIN_MS = 24 * 3_600_000;

const common = {
  /**
   * Retries are bounded by time (the deadline), never by count. A failed attempt names its own pause (nextRetryDelay, 5
   * to 30 s). This policy counts only where no attempt could name one, because its worker died.
   */
  retry: { initialInterval: 1000, backoffCoefficient: 2, maximumInterval: 30_000 },
  // Without this the SDK uses TRY_CANCEL: a resumed step would then run beside its cancelled attempt.
  cancellationType: 'WAIT_CANCELLATION_COMPLETED',
  // Eager dispatch bypasses the limits of the host's queues.
  allowEagerDispatch: false,
  // Every call gives its own; the SDK demands one here.
  startToCloseTimeout: SHORT_ATTEMPT_MS,
} as const satisfies ActivityOptions;

const shared = proxyActivities<SharedActivities>({ ...common, taskQueue: SHARED_QUEUE });
const onHost = proxyActivities<HostActivities>(common);
const io = proxyActivities<IoActivities>(common);

/** The activities of one transfer, on the queues of one host, within the time that is left. */
export class TransferActivities {
  private readonly onHost: ActivityOptions;
  private readonly onHostIo: ActivityOptions;
  private readonly timeLeftMs: () => number;

  constructor(host: string, timeLeftMs: () => number) {
    this.onHost = { taskQueue: hostQueue(host) };
    this.onHostIo = { taskQueue: ioQueue(host) };
    this.timeLeftMs = timeLeftMs;
  }

  inspect(input: InspectInput, summary: string) {
    return checkedResult('inspect', onHost.inspect.executeWithOptions(this.short(summary, this.onHost), [input]));
  }

  enable(input: Identity, summary: string) {
    return checkedResult('enable', shared.enable.executeWithOptions(this.short(summary), [input]));
  }

  open(input: OpenInput, summary: string) {
    return checkedResult('open', shared.open.executeWithOptions(this.short(summary), [input]));
  }

  requestUploadUrl(input: RequestUploadUrlInput) {
    const options = this.short('ask for an upload link');
    return checkedResult('requestUploadUrl', shared.requestUploadUrl.executeWithOptions(options, [input]));
  }

  upload(input: UploadInput, summary: string) {
    return checkedResult('upload', io.upload.executeWithOptions(this.long(summary, this.onHostIo), [input]));
  }

  publishOnHost(input: PublishInput, summary: string) {
    const options = this.long(summary, { ...this.onHost, scheduleToStartTimeout: PUBLISH_PICKUP_MS });
    return checkedResult('publish', onHost.publish.executeWithOptions(options, [input]));
  }

  publishAnywhere(input: PublishInput, summary: string) {
    return checkedResult('publish', shared.publish.executeWithOptions(this.long(summary), [input]));
  }

  /** Looks for the message; never sends. Null: the message is not there. */
  findMessage(request: Omit<PublishInput, 'lookFirst' | 'lookOnly' | 'settledAt'>, settledAt: number | null) {
    return this.publishAnywhere(
      { ...request, settledAt, lookFirst: true, lookOnly: true },
      'was the message published?',
    );
  }

  keepReceiptOnHost(input: KeepReceiptInput) {
    const options = this.short('keep the receipt', { ...this.onHost, scheduleToStartTimeout: RECEIPT_PICKUP_MS });
    return onHost.keepReceipt.executeWithOptions(options, [input]);
  }

  keepReceiptAnywhere(input: KeepReceiptInput) {
    return shared.keepReceipt.executeWithOptions(this.short('keep the receipt on any host'), [input]);
  }

  requestDownloadUrl(input: RequestDownloadUrlInput) {
    const options = this.short('ask for a download link');
    return checkedResult('requestDownloadUrl', shared.requestDownloadUrl.executeWithOptions(options, [input]));
  }

  fetch(input: FetchActivityInput, summary: string) {
    return checkedResult('fetch', io.fetch.executeWithOptions(this.long(summary, this.onHostIo), [input]));
  }

  discardPart(input: DiscardPartInput) {
    const limits = { ...this.onHost, scheduleToCloseTimeout: DISCARD_WITHIN_MS };
    const options = this.short(`remove the part of ${input.target}`, limits);
    return onHost.discardPart.executeWithOptions(options, [input]);
  }

  private short(summary: string, options: ActivityOptions = {}): ActivityOptions {
    const startToCloseTimeout = Math.min(SHORT_ATTEMPT_MS, this.timeLeftMs());
    return { ...this.long(summary), startToCloseTimeout, ...options };
  }

  private long(summary: string, options: ActivityOptions = {}): ActivityOptions {
    const left = this.timeLeftMs();
    return {
      heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
      startToCloseTimeout: left,
      scheduleToCloseTimeout: left,
      summary,
      ...options,
    };
  }
}

const consumer = proxyActivities<ConsumerActivities>({
  ...common,
  // One attempt each: the activity that asked the consumer workflow does the retrying, where people can see it.
  retry: { maximumAttempts: 1 },
  heartbeatTimeout: HEARTBEAT_TIMEOUT_MS,
  startToCloseTimeout: 60_000,
  scheduleToCloseTimeout: 90_000,
  taskQueue: CONSUMER_QUEUE,
  // Said here as well: an entity that an earlier version started has no key of its own.
  priority: { priorityKey: PRIORITY.entity },
});

/** The activities of a consumer workflow. */
export const consumerActivities = {
  acquireToken: (input: AcquireTokenInput) =>
    checkedResult(
      'acquireToken',
      consumer.acquireToken.executeWithOptions({ summary: 'get a consumer token' }, [input]),
    ),
  resealToken: (input: ResealTokenInput) =>
    checkedResult(
      'resealToken',
      consumer.resealToken.executeWithOptions({ summary: 'seal the token with the newest key' }, [input]),
    ),
  ensureConversation: (input: EnsureConversationInput) =>
    checkedResult(
      'ensureConversation',
      consumer.ensureConversation.executeWithOptions({ summary: 'find or create the conversation' }, [input]),
    ),
  lookAtConversation: (input: LookAtConversationInput) =>
    checkedResult(
      'lookAtConversation',
      consumer.lookAtConversation.executeWithOptions({ summary: 'is the conversation open?' }, [input]),
    ),
};
