import type { Inspection, Step, UploadResult } from '../contract';
import { errorOf, isCancellation } from './failures';
import { count, ownerOf, type Course } from './progress';
import { withSignedUrl } from './signed-url-loop';

/** Makes sure that file sharing is on; `next` is the step that comes then. */
export async function checkSharing({ input, progress, view, steering }: Course, next: Step): Promise<void> {
  const { account, consumer } = input;
  const { skipped } = await steering
    .activities()
    .shared(`file sharing on for ${account}?`)
    .enable({ account, consumer });
  progress.sharingDoubted = false;
  view.set({ step: next });
  if (skipped !== null) view.note(skipped);
}

/**
 * A step that fails because file sharing is off parks the transfer; whoever retries it has switched it on or allowed
 * Ferry to, so the property is looked at again first.
 */
export async function whileShared<T>(course: Course, step: Step, work: () => Promise<T>): Promise<T> {
  const { progress } = course;
  if (progress.sharingDoubted) await checkSharing(course, step);
  try {
    return await work();
  } catch (thrown) {
    progress.sharingDoubted = !isCancellation(thrown) && errorOf(thrown).code === 'FILE_SHARING_OFF';
    throw thrown;
  }
}

/** Finds or creates the conversation, none of those that turned out to be closed. */
export async function openConversation(course: Course, closed: readonly string[]): Promise<void> {
  const { input, progress, view, steering } = course;
  const { consumer, conversationId } = input;
  const summary =
    conversationId === null ? `find or create the conversation of ${consumer}` : `check conversation ${conversationId}`;
  const opened = await steering
    .activities()
    .shared(summary)
    .open({ ...ownerOf(input), conversationId, closed });
  progress.opened = opened;
  view.set({ conversationId: opened.conversationId });
}

export function uploadFile(course: Course): Promise<UploadResult> {
  return whileShared(course, 'request-upload-url', () => upload(course, course.progress.file!));
}

async function upload({ input, progress, view, steering }: Course, file: Inspection): Promise<UploadResult> {
  const { sizeBytes, fileType } = file;
  const { lostUploads: lost } = progress;
  const owner = ownerOf(input);
  const result = await withSignedUrl(
    view,
    steering.timeLeftMs,
    {
      request() {
        view.set({ step: 'request-upload-url' });
        return steering
          .activities()
          .shared('ask for an upload link')
          .requestUploadUrl({ ...owner, sizeBytes, fileType });
      },
      use(url) {
        view.set({ step: 'upload' });
        const before = lost.relativePath === null ? {} : { before: lost.relativePath };
        return steering
          .activities()
          .io(`upload ${file.name}`)
          .upload({ ...owner, file, url, ...before });
      },
    },
    (facts, refused) => {
      count(lost, facts, refused);
      view.set({ urlRenewals: lost.renewals });
    },
  );
  view.set({ urlRenewals: lost.renewals + result.urlRenewals });
  return result;
}
