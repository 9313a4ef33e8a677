import { sleep } from '@temporalio/workflow';
import type { ErrorCode } from '../errors/table';
import type { PublishInput, PublishResult } from '../contract';
import { PUBLISH_ATTEMPT_MS } from './activity-options';
import { errorOf, isCancellation, wasNotPickedUp } from './failures';
import { ownerOf, type Course } from './progress';
import { openConversation, whileShared } from './sending';

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
  readonly closed: string[];
  /** The conversation into which a publish was scheduled: into this one the next looks first. */
  triedIn: string | null;
  /** Milliseconds since the epoch before which an attempt that ran out of time may still be sending. */
  notBefore: number;
}

export function publishFile(course: Course): Promise<PublishResult> {
  const tries: Tries = { closed: [], triedIn: null, notBefore: 0 };
  return course.steering.carry(() => whileShared(course, 'publish', () => publish(course, tries)));
}

async function publish(course: Course, tries: Tries): Promise<PublishResult> {
  const { progress, view } = course;
  const early = tries.notBefore - Date.now();
  if (early > 0) await sleep(early, { summary: 'an earlier attempt may still be under way' });
  for (;;) {
    if (progress.opened === null) await openConversation(course, tries.closed);
    view.set({ step: 'publish' });
    try {
      return await publishOnce(course, tries);
    } catch (thrown) {
      if (isCancellation(thrown)) throw thrown;
      const { code } = errorOf(thrown);
      // An attempt that the deadline cut off has not had its 30 s, within which alone it may send.
      if (code === 'DEADLINE_PASSED') tries.notBefore = Date.now() + PUBLISH_ATTEMPT_MS;
      replaceConversation(course, tries, code, thrown);
    }
  }
}

/** A conversation that the sender named is used or nothing; an implicit one that was closed meanwhile is replaced. */
function replaceConversation({ input, progress, view }: Course, tries: Tries, code: ErrorCode, thrown: unknown): void {
  const { conversationId } = progress.opened!;
  const replaceable = input.conversationId === null && tries.closed.length < MOST_REOPENINGS;
  if (!replaceable || !CONVERSATION_GONE.has(code)) throw thrown;
  tries.closed.push(conversationId);
  progress.opened = null;
  view.note(`Conversation ${conversationId} was closed before the file was published; another one is used.`);
}

async function publishOnce(course: Course, tries: Tries): Promise<PublishResult> {
  const { progress, steering } = course;
  const request = { ...publishRequest(course), lookOnly: false };
  const summary = `publish ${request.file.name}`;
  const lookFirst = tries.triedIn === request.opened.conversationId;
  tries.triedIn = request.opened.conversationId;
  progress.publishTried = true;
  try {
    return (await steering
      .activities()
      .publishOnHost(summary)
      .publish({ ...request, lookFirst }))!;
  } catch (thrown) {
    if (!wasNotPickedUp(thrown)) throw thrown;
    // An earlier attempt may have run before the one that nobody picked up: look first.
    const anywhere = steering.activities().publishAnywhere(`${summary} from any host`);
    return (await anywhere.publish({ ...request, lookFirst: true }))!;
  }
}

/** What the look for the message and the publish itself have in common. */
export function publishRequest({ input, progress }: Course): Omit<PublishInput, 'lookFirst' | 'lookOnly'> {
  const { file, upload, opened } = progress;
  return {
    ...ownerOf(input),
    opened: opened!,
    file: file!,
    relativePath: upload!.relativePath,
    caption: input.caption,
  };
}
