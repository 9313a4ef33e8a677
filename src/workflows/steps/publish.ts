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
import { errorOf, factsOf, failWith, isCancellation, transferError, unsettledUntil, wasNotPickedUp } from '../failures';
import { addFailedRound } from '../failed-rounds';
import { SETTLED, settlesAt, settlingAfterSilence, type Settling } from '../settling';
import { ownerOf, type PublishRequest, type Published, type TransferRun } from '../transfer-run';
import { withSharing } from './enable';
import { openConversation } from './open';
import { uploadFile } from './upload';

/** When the host has not picked up a publish after this time, any worker runs it, without a preview. */
const PUBLISH_PICKUP_MS = 60_000;

/**
 * An agent may close an implicit conversation between open and publish. More closed conversations than this are not a
 * coincidence.
 */
const MOST_REPLACEMENTS = 5;

/** State of the step that survives pauses and parking. */
interface Tries {
  opened: OpenedAt;
  upload: UploadResult;
  readonly closed: string[];
  /** The conversation of an earlier publish. The next publish into it looks first. */
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

function requestOf({ input, source, steering, failedUploads, view }: TransferRun, tries: Tries): PublishRequest {
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
      urlRenewals: failedUploads.renewals + urlRenewals,
      bytesSent: failedUploads.bytes + bytesSent,
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
    message = await steering.activities().onHost('publish', { ...once, ...settlingNow(tries), lookFirst }, options);
  } catch (thrown) {
    if (!wasNotPickedUp(thrown)) throw thrown;
    // An attempt may have run before the attempt that no worker picked up: look first.
    noteFailure(thrown, tries);
    const anywhere = { ...once, ...settlingNow(tries), lookFirst: true };
    const options = { summary: `${summary} from any host`, mayTakeLong: true };
    message = await steering.activities().anywhere('publish', anywhere, options);
  }
  if (message === null) throw failWith(transferError('INTERNAL', 'A publish ended without a message.'));
  return message;
}

function settlingNow({ settling }: Tries): Settling & ReturnType<typeof settlesAt> {
  return { ...settling, ...settlesAt(settling.settledAt) };
}

/** The known effect of a failed publish. */
function noteFailure(thrown: unknown, tries: Tries): PublishEffect {
  const { effect } = factsOf<PublishFacts>(thrown);
  // No frame has left: a heartbeat precedes each frame, and there was none.
  if (effect === undefined && wasNotPickedUp(thrown)) return 'none';
  tries.settling =
    effect === undefined ? settlingAfterSilence(tries.settling) : { settledAt: unsettledUntil(thrown) ?? null };
  return effect ?? 'unknown';
}

/**
 * Opens another conversation after a refused publish, if the conversation was closed or the consumer's identity was
 * replaced. A file of another identity is uploaded again.
 *
 * @throws `refusal` in all other cases, and when the sender named the conversation
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
  addFailedRound(run.failedUploads, { urlRenewals, bytesMoved: bytesSent }, false);
  // The upload of the other identity must not be found.
  run.failedUploads.relativePath = null;
  return uploadFile(run);
}
