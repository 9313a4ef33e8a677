import { sleep } from '@temporalio/workflow';
import type { ErrorCode } from '../../errors/table';
import type { OpenedAt, PublishResult, UploadResult } from '../../contract';
import { PUBLISH_ATTEMPT_MS } from '../activities';
import { errorOf, failWith, isCancellation, transferError, wasNotPickedUp } from '../failures';
import { ownerOf, type Publishable, type TransferRun } from '../transfer-run';
import { withSharing } from './enable';
import { openConversation } from './open';

/** An implicit conversation may be closed by an agent between open and publish; more often than this is no accident. */
const MOST_REOPENINGS = 5;

/** The conversation cannot be used any more: closed, or it belonged to an identity that had to be replaced. */
const CONVERSATION_GONE: ReadonlySet<ErrorCode> = new Set([
  'CONVERSATION_CLOSED',
  'CONVERSATION_UNKNOWN',
  'NOT_PARTICIPANT',
]);

/** What is kept over pauses and parkings of the step. */
interface Tries {
  /** Null after the conversation was found closed, until another one is open. */
  opened: OpenedAt | null;
  readonly closed: string[];
  /** The conversation into which a publish was scheduled: the next one into it looks first. */
  triedIn: string | null;
  /** Milliseconds since the epoch before which an attempt that ran out of time may still be sending. */
  notBefore: number;
}

/** Publishes the uploaded file as one message. */
export async function publishFile(run: TransferRun, opened: OpenedAt, upload: UploadResult): Promise<PublishResult> {
  const { steering, view } = run;
  const tries: Tries = { opened, closed: [], triedIn: null, notBefore: 0 };
  const message = await steering.runStep(() => withSharing(run, () => publish(run, upload, tries)));
  view.set({ published: true, sequence: message.sequence });
  return message;
}

async function publish(run: TransferRun, upload: UploadResult, tries: Tries): Promise<PublishResult> {
  const early = tries.notBefore - Date.now();
  if (early > 0) await sleep(early, { summary: 'an earlier attempt may still be under way' });
  for (;;) {
    const opened = tries.opened ?? (await openConversation(run, tries.closed));
    tries.opened = opened;
    run.view.set({ step: 'publish' });
    const { input, source } = run;
    const request: Publishable = {
      ...ownerOf(input),
      opened,
      file: source.file,
      relativePath: upload.relativePath,
      caption: input.caption,
    };
    try {
      run.publishState = { phase: 'publishing', request, sent: upload };
      const message = await publishOnce(run, request, tries);
      run.publishState = { phase: 'published', message, request, sent: upload };
      run.source.wasPublished();
      return message;
    } catch (thrown) {
      if (isCancellation(thrown)) throw thrown;
      const { code } = errorOf(thrown);
      // An attempt that the deadline cut off has not had its 30 s, within which alone it may send.
      if (code === 'DEADLINE_PASSED') tries.notBefore = Date.now() + PUBLISH_ATTEMPT_MS;
      replaceConversation(run, opened.conversationId, tries, code, thrown);
    }
  }
}

/** A conversation that the sender named is used or nothing; an implicit one that was closed meanwhile is replaced. */
function replaceConversation(
  run: TransferRun,
  conversationId: string,
  tries: Tries,
  code: ErrorCode,
  thrown: unknown,
): void {
  const replaceable = run.input.conversationId === null && tries.closed.length < MOST_REOPENINGS;
  if (!replaceable || !CONVERSATION_GONE.has(code)) throw thrown;
  tries.closed.push(conversationId);
  tries.opened = null;
  run.publishState = { phase: 'abandoned' };
  run.view.note(`Conversation ${conversationId} was closed before the file was published; another one is used.`);
}

async function publishOnce({ steering }: TransferRun, request: Publishable, tries: Tries): Promise<PublishResult> {
  const summary = `publish ${request.file.name}`;
  const lookFirst = tries.triedIn === request.opened.conversationId;
  tries.triedIn = request.opened.conversationId;
  const input = { ...request, lookOnly: false };
  let message: PublishResult | null;
  try {
    message = await steering.activities().publishOnHost({ ...input, lookFirst }, summary);
  } catch (thrown) {
    if (!wasNotPickedUp(thrown)) throw thrown;
    // An earlier attempt may have run before the one that no worker picked up: look first.
    message = await steering.activities().publishAnywhere({ ...input, lookFirst: true }, `${summary} from any host`);
  }
  if (message === null) throw failWith(transferError('INTERNAL', 'A publish ended without a message.'));
  return message;
}
