/**
 * The steps as Temporal activities, one file a step. They know the libraries; the libraries know nothing of Temporal.
 */
import type {
  HostActivities,
  IoActivities,
  JobHostActivities,
  JobIoActivities,
  PublishFacts,
  PublishPageFacts,
  PageProgress,
  ScheduleIoActivities,
  NoticeActivities,
  SharedActivities,
} from '../contract';
import { clerk } from './clerk';
import type { ActivityDeps } from './deps';
import { digestSource } from './digest-source';
import { discardPart } from './discard-part';
import { atEdge, type Attempt } from './edge';
import { enable } from './enable';
import { fetch } from './fetch';
import { givingUp } from './fruitless';
import { inspect } from './inspect';
import { INPUTS } from './inputs';
import { deliverNotice } from './notices';
import { open } from './open';
import { deliverPage } from './pages/deliver-page';
import { fetchPage } from './pages/fetch-page';
import { publishPage } from './pages/publish-page';
import { publish } from './publish';
import { clear } from './schedules/clear';
import { launch } from './schedules/launch';
import { askForDownloadUrl, askForUploadUrl, sealUrl } from './signed-urls';
import { upload } from './upload';

export { createConsumerActivities } from './consumer-workflow';
export { ByteSlots } from './byte-slots';
export { ConsumerDirectory } from './consumers';
export type { AccountAccess } from './account-access';
export type { ActivityDeps, ActivityLog, AuditBook, JobFiles, ReceiptBook } from './deps';
export { askLimitsOver } from './limits/ask-limits';
export { createLeaseActivities, type LeaseDeps } from './limits/lease';
export { Limiter } from './limits/limiter';
export type { Notices } from './notices';
export { Pacer } from './pacer';
export { Previews } from './previews';
export { SharingKnown } from './sharing';

/** For the queue that any worker serves. */
export function createSharedActivities(deps: ActivityDeps): SharedActivities & NoticeActivities {
  return {
    enable: atEdge(INPUTS.enable, (input, attempt) => enable(deps, input, attempt)),
    open: atEdge(INPUTS.open, (input, attempt) => open(deps, input, attempt)),
    requestUploadUrl: atEdge(INPUTS.requestUploadUrl, async (input, attempt) =>
      sealUrl(deps, 'upload-url', input, await askForUploadUrl(deps, input, attempt.signal, attempt)),
    ),
    requestDownloadUrl: atEdge(INPUTS.requestDownloadUrl, async (input, attempt) =>
      sealUrl(deps, 'download-url', input, await askForDownloadUrl(deps, input, attempt.signal, attempt)),
    ),
    keepReceipt: atEdge(INPUTS.keepReceipt, (input) => deps.receipts.keep(input)),
    keepAudit: atEdge(INPUTS.keepAudit, (input) => deps.audit.keep(input.entries)),
    publish: atEdge(INPUTS.publish, (input, attempt: Attempt<PublishFacts>) => publish(deps, input, attempt, false)),
    tell: atEdge(INPUTS.tell, (input) => deps.notices.tell(input.notices)),
    deliverNotice: atEdge(INPUTS.deliverNotice, (input, attempt) => deliverNotice(deps.notices, input, attempt)),
  };
}

/** For the queues of one host: short ones, and those that move bytes. */
export function createHostActivities(deps: ActivityDeps): HostActivities & JobHostActivities {
  return {
    inspect: atEdge(INPUTS.inspect, (input, attempt) => inspect(deps, input, attempt)),
    publish: atEdge(INPUTS.publish, (input, attempt: Attempt<PublishFacts>) => publish(deps, input, attempt, true)),
    keepReceipt: atEdge(INPUTS.keepReceipt, (input) => deps.receipts.keep(input)),
    digestSource: atEdge(INPUTS.digestSource, (input, attempt) => digestSource(deps, input, attempt)),
    keepAudit: atEdge(INPUTS.keepAudit, (input) => deps.audit.keep(input.entries)),
    discardPart: atEdge(INPUTS.discardPart, (input) => discardPart(deps, input)),
    clerk: atEdge(INPUTS.clerk, (input) => clerk(deps, input)),
    publishPage: atEdge(INPUTS.publishPage, (input, attempt: Attempt<PublishPageFacts>) =>
      publishPage(deps, input, attempt),
    ),
  };
}

export function createIoActivities(deps: ActivityDeps): IoActivities & JobIoActivities & ScheduleIoActivities {
  return {
    upload: atEdge(
      INPUTS.upload,
      givingUp((input, attempt) => upload(deps, input, attempt)),
    ),
    fetch: atEdge(
      INPUTS.fetch,
      givingUp((input, attempt) => fetch(deps, input, attempt)),
    ),
    deliverPage: atEdge(
      INPUTS.deliverPage,
      (input, attempt: Attempt<PageProgress>) => deliverPage(deps, input, attempt),
      { answersAll: true },
    ),
    launch: atEdge(INPUTS.launch, (input, attempt) => launch(deps, input, attempt)),
    clear: atEdge(INPUTS.clear, (input, attempt) => clear(deps, input, attempt)),
    fetchPage: atEdge(INPUTS.fetchPage, (input, attempt: Attempt<PageProgress>) => fetchPage(deps, input, attempt), {
      answersAll: true,
    }),
  };
}
