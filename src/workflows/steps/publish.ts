import { ERROR_TABLE } from '../../errors/table';
import {
  askedOf,
  choicesOf,
  type OpenedAt,
  type PublishEffect,
  type PublishFacts,
  type PublishResult,
  type UploadResult,
} from '../../contract';
import { errorOf, factsOf, failWith, isCancellation, transferError, wasNotPickedUp } from '../failures';
import { addLosses } from '../losses';
import {
  ownerOf,
  SETTLED,
  type PublishRequest,
  type Published,
  type Settling,
  type TransferRun,
} from '../transfer-run';
import { withSharing } from './enable';
import { openConversation } from './open';
import { uploadFile } from './upload';

/** A publish that its host has not picked up after this time goes to any worker, without a preview. */
const PUBLISH_PICKUP_MS = 60_000;

/** An implicit conversation may be closed by an agent between open and publish; more often than this is no accident. */
const MOST_REPLACEMENTS = 5;

/**
 * How long a frame may still take effect after an attempt of which nothing is known: its heartbeat is missed (15 s), and
 * the service settles what it has received (60 s).
 */
export const SETTLED_AFTER_MS = 75_000;

/** What is kept over pauses and parkings of the step. */
interface Tries {
  opened: OpenedAt;
  upload: UploadResult;
  readonly closed: string[];
  /** The conversation into which a publish was scheduled: the next one into it looks first. */
  triedIn: string | null;
  settling: Settling;
}

/** Publishes the uploaded file as one message. */
export async function publishFile(run: TransferRun, opened: OpenedAt, upload: UploadResult): Promise<Published> {
  const { source, steering, view } = run;
  const tries: Tries = { opened, upload, closed: [], triedIn: null, settling: SETTLED };
  const published = await steering.runStep(() => withSharing(run, () => publish(run, tries)));
  run.publishState = { phase: 'published', published };
  source.wasPublished();
  view.set({ published: true, sequence: published.message.sequence });
  return published;
}

async function publish(run: TransferRun, tries: Tries): Promise<Published> {
  for (;;) {
    run.view.set({ step: 'publish' });
    const request = requestOf(run, tries);
    try {
      run.publishState = { phase: 'publishing', request, effect: 'unknown', settling: SETTLED };
      return { request, message: await publishOnce(run, request, tries) };
    } catch (thrown) {
      const effect = noteFailure(thrown, tries);
      run.publishState = { phase: 'publishing', request, effect, settling: tries.settling };
      if (isCancellation(thrown) || effect !== 'refused') throw thrown;
      await replaceConversation(run, tries, thrown);
    }
  }
}

function requestOf({ input, source, steering, uploadLosses, view }: TransferRun, tries: Tries): PublishRequest {
  const { account, consumer, caption } = input;
  const { file } = source;
  const { relativePath, md5, sha256, urlRenewals, bytesSent } = tries.upload;
  return {
    ...ownerOf(input),
    opened: tries.opened,
    file,
    ...choicesOf(input),
    relativePath,
    sendKey: input.sendKey ?? null,
    receipt: {
      transferId: input.transferId,
      source: file.source,
      host: steering.host,
      account,
      consumer,
      relativePath,
      caption,
      fileType: file.fileType,
      sizeBytes: file.sizeBytes,
      md5,
      sha256,
      fetchedTo: null,
      urlRenewals: uploadLosses.renewals + urlRenewals,
      bytesSent: uploadLosses.bytes + bytesSent,
      bytesFetched: 0,
      repeated: false,
      startedAt: view.now.startedAt,
      ...askedOf(input),
    },
  };
}

async function publishOnce({ steering }: TransferRun, request: PublishRequest, tries: Tries): Promise<PublishResult> {
  const summary = `publish ${request.file.name}`;
  const lookFirst = tries.triedIn === request.opened.conversationId;
  tries.triedIn = request.opened.conversationId;
  const once = { ...request, lookOnly: false };
  let message: PublishResult | null;
  try {
    const options = { summary, mayTakeLong: true, scheduleToStartTimeout: PUBLISH_PICKUP_MS };
    message = await steering.activities().onHost('publish', { ...once, ...tries.settling, lookFirst }, options);
  } catch (thrown) {
    if (!wasNotPickedUp(thrown)) throw thrown;
    // An earlier attempt may have run before the one that no worker picked up: look first.
    noteFailure(thrown, tries);
    const anywhere = { ...once, ...tries.settling, lookFirst: true };
    const options = { summary: `${summary} from any host`, mayTakeLong: true };
    message = await steering.activities().anywhere('publish', anywhere, options);
  }
  if (message === null) throw failWith(transferError('INTERNAL', 'A publish ended without a message.'));
  return message;
}

/** What is known of a publish that failed; an attempt that did not say may have sent its frame until just now. */
function noteFailure(thrown: unknown, tries: Tries): PublishEffect {
  const { effect, unsettledUntil } = factsOf<PublishFacts>(thrown);
  // The heartbeat that precedes each frame would be there.
  if (effect === undefined && wasNotPickedUp(thrown)) return 'none';
  tries.settling =
    effect === undefined
      ? { settledAt: Date.now() + SETTLED_AFTER_MS, isSettledAtGuessed: true }
      : { settledAt: unsettledUntil ?? null };
  return effect ?? 'unknown';
}

/**
 * A publish may have been refused because its conversation was closed, or because the consumer's identity had to be
 * replaced. Only then does another conversation help, and what another identity uploaded must be uploaded again.
 *
 * @throws `refusal` when neither is so, or the sender named the conversation
 */
async function replaceConversation(run: TransferRun, tries: Tries, refusal: unknown): Promise<void> {
  const mayReplace = run.input.conversationId === null && tries.closed.length < MOST_REPLACEMENTS;
  if (!mayReplace || ERROR_TABLE[errorOf(refusal).code].conversation !== 'gone') throw refusal;
  const { conversationId: doubted, consumerId } = tries.opened;
  const opened = await openConversation(run, tries.closed, doubted);
  const isSameIdentity = opened.consumerId === consumerId;
  if (opened.conversationId === doubted && isSameIdentity) throw refusal;
  if (opened.conversationId !== doubted) {
    tries.closed.push(doubted);
    run.view.note(`Conversation ${doubted} was closed before the file was published; another one is used.`);
  }
  tries.opened = opened;
  if (!isSameIdentity) tries.upload = await uploadAgain(run, tries.upload);
}

function uploadAgain(run: TransferRun, { urlRenewals, bytesSent }: UploadResult): Promise<UploadResult> {
  addLosses(run.uploadLosses, { urlRenewals, bytesMoved: bytesSent }, false);
  // What the other identity uploaded must not be found there.
  run.uploadLosses.relativePath = null;
  return uploadFile(run);
}
