/**
 * The steps as Temporal activities, one file a step. They know the libraries; the libraries know nothing of Temporal.
 */
import { z } from 'zod';
import type {
  HostActivities,
  IoActivities,
  KeepAuditInput,
  KeepReceiptInput,
  JobHostActivities,
  JobIoActivities,
  PublishFacts,
  PublishPageFacts,
  PageProgress,
  ScheduleIoActivities,
  NoticeActivities,
  SharedActivities,
} from '../contract';
import * as bound from './bounds';
import { clerk } from './clerk';
import type { ActivityDeps } from './deps';
import { digestSource, digestSourceInput } from './digest-source';
import { discardPart, discardPartInput } from './discard-part';
import { atEdge, type Attempt } from './edge';
import { enable, enableInput } from './enable';
import { fetch, fetchInput } from './fetch';
import { givingUp } from './fruitless';
import { inspect, inspectInput } from './inspect';
import { deliverNotice, deliverNoticeInput, tellInput } from './notices';
import { open, openInput } from './open';
import { clerkInput, deliverPageInput, fetchPageInput, publishPageInput } from './pages/inputs';
import { deliverPage } from './pages/deliver-page';
import { fetchPage } from './pages/fetch-page';
import { publishPage } from './pages/publish-page';
import { publish, publishInput } from './publish';
import { clear } from './schedules/clear';
import { launch, launchInput } from './schedules/launch';
import {
  askForDownloadUrl,
  askForUploadUrl,
  requestDownloadUrlInput,
  requestUploadUrlInput,
  sealUrl,
} from './signed-urls';
import { upload, uploadInput } from './upload';

export { createConsumerActivities } from './consumer-workflow';
export { ByteSlots } from './byte-slots';
export { ConsumerDirectory } from './consumers';
export type { AccountAccess } from './account-access';
export type { ActivityDeps, ActivityLog, AuditBook, JobFiles, ReceiptBook } from './deps';
export { askLimitsOver } from './limits/ask-limits';
export { createLeaseActivities, type LeaseDeps } from './limits/lease';
export { Limiter } from './limits/limiter';
export { watchProcesses } from './limits/own-process';
export type { Notices } from './notices';
export { Pacer } from './pacer';
export { Previews } from './previews';
export { SharingKnown } from './sharing';

const keepReceiptInput = bound.record<KeepReceiptInput>({
  receipt: bound.receipt,
  runId: bound.id,
  sendKey: bound.id.nullable().optional(),
});

const keepAuditInput = bound.record<KeepAuditInput>({ entries: z.array(bound.auditEntry).max(bound.MOST) });

/** For the queue that any worker serves. */
export function createSharedActivities(deps: ActivityDeps): SharedActivities & NoticeActivities {
  return {
    enable: atEdge(enableInput, (input, attempt) => enable(deps, input, attempt)),
    open: atEdge(openInput, (input, attempt) => open(deps, input, attempt)),
    requestUploadUrl: atEdge(requestUploadUrlInput, async (input, attempt) =>
      sealUrl(deps, 'upload-url', input, await askForUploadUrl(deps, input, attempt.signal, attempt)),
    ),
    requestDownloadUrl: atEdge(requestDownloadUrlInput, async (input, attempt) =>
      sealUrl(deps, 'download-url', input, await askForDownloadUrl(deps, input, attempt.signal, attempt)),
    ),
    keepReceipt: atEdge(keepReceiptInput, (input) => deps.receipts.keep(input)),
    keepAudit: atEdge(keepAuditInput, (input) => deps.audit.keep(input.entries)),
    publish: atEdge(publishInput, (input, attempt: Attempt<PublishFacts>) => publish(deps, input, attempt, false)),
    tell: atEdge(tellInput, (input) => deps.notices.tell(input.notices)),
    deliverNotice: atEdge(deliverNoticeInput, (input, attempt) => deliverNotice(deps.notices, input, attempt)),
  };
}

/** For the queues of one host: short ones, and those that move bytes. */
export function createHostActivities(deps: ActivityDeps): HostActivities & JobHostActivities {
  return {
    inspect: atEdge(inspectInput, (input, attempt) => inspect(deps, input, attempt)),
    publish: atEdge(publishInput, (input, attempt: Attempt<PublishFacts>) => publish(deps, input, attempt, true)),
    keepReceipt: atEdge(keepReceiptInput, (input) => deps.receipts.keep(input)),
    digestSource: atEdge(digestSourceInput, (input, attempt) => digestSource(deps, input, attempt)),
    keepAudit: atEdge(keepAuditInput, (input) => deps.audit.keep(input.entries)),
    discardPart: atEdge(discardPartInput, (input) => discardPart(deps, input)),
    clerk: atEdge(clerkInput, (input) => clerk(deps, input)),
    publishPage: atEdge(publishPageInput, (input, attempt: Attempt<PublishPageFacts>) =>
      publishPage(deps, input, attempt),
    ),
  };
}

export function createIoActivities(deps: ActivityDeps): IoActivities & JobIoActivities & ScheduleIoActivities {
  return {
    upload: atEdge(
      uploadInput,
      givingUp((input, attempt) => upload(deps, input, attempt)),
    ),
    fetch: atEdge(
      fetchInput,
      givingUp((input, attempt) => fetch(deps, input, attempt)),
    ),
    deliverPage: atEdge(
      deliverPageInput,
      (input, attempt: Attempt<PageProgress>) => deliverPage(deps, input, attempt),
      { answersAll: true },
    ),
    launch: atEdge(launchInput, (input, attempt) => launch(deps, input, attempt)),
    clear: atEdge(launchInput, (input, attempt) => clear(deps, input, attempt)),
    fetchPage: atEdge(fetchPageInput, (input, attempt: Attempt<PageProgress>) => fetchPage(deps, input, attempt), {
      answersAll: true,
    }),
  };
}
