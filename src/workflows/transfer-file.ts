import type { TransferActivities } from './activity-options';
import { publishFile } from './publishing';
import { ownerOf, type Course } from './progress';
import { fetchObject } from './fetching';
import { checkSharing, openConversation, uploadFile } from './sending';

/**
 * Carries one file through its steps. One transfer workflow runs it once; it keeps no state of its own besides the
 * course's, so that a workflow of many lanes can run it as well.
 */
export async function transferFile(course: Course): Promise<void> {
  const { input, progress, steering, view } = course;
  await steering.carry(() => inspectSource(course));
  await steering.carry(() => checkSharing(course, 'open'));
  await steering.carry(() => openConversation(course, []));
  progress.upload = await steering.carry(() => uploadFile(course));
  progress.published = await publishFile(course);
  view.set({ published: true, sequence: progress.published.sequence });
  if (input.fetchTo !== null || input.verify) await fetchBack(course);
}

async function inspectSource(course: Course): Promise<void> {
  const { progress, steering, view } = course;
  // The host that took over has looked at it when it arrived.
  if (progress.file === null) await inspectOn(course, steering.host, steering.activities());
  const { sizeBytes, notes } = progress.file!;
  view.set({ step: 'enable', sizeBytes, notes: [...view.now.notes, ...notes] });
}

async function inspectOn(course: Course, host: string, activities: TransferActivities): Promise<void> {
  const { input, progress } = course;
  const { account, consumer, source, caption, fetchTo } = input;
  const before = progress.file;
  progress.file = await activities.host(`look at ${source.path}`).inspect({
    account,
    consumer,
    source: before === null ? source : { ...source, sizeBytes: before.sizeBytes, mtimeMs: before.mtimeMs },
    caption,
    fetchTo,
    ...(progress.upload === null ? {} : { expectedMd5: progress.upload.md5 }),
  });
  progress.fileHost = host;
}

/** Before another host takes over, its copy of the source is compared; once published, the source is not needed. */
export async function arriveOn(course: Course, host: string, activities: TransferActivities): Promise<void> {
  if (course.progress.published === null) await inspectOn(course, host, activities);
}

async function fetchBack(course: Course): Promise<void> {
  const { input, progress, steering, view } = course;
  const { file, fileHost, upload, lostUploads, lostFetches } = progress;
  const { name, source, sizeBytes } = file!;
  const { relativePath, md5, urlRenewals } = upload!;
  const target = input.fetchTo === null ? null : `${input.fetchTo}/${name}`;
  const order = {
    ...ownerOf(input),
    relativePath,
    target,
    expected: { sizeBytes, md5 },
    summary: `fetch ${name} back`,
    renewedBefore: lostUploads.renewals + urlRenewals,
    sourceOn: (host: string) => (host === fileHost ? source : null),
  };
  progress.fetched = await steering.carry(() => {
    progress.fetchingTo = target;
    return fetchObject(order, steering, view, lostFetches);
  });
}
