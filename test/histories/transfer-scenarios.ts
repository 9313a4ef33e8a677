/** Paths that a transfer takes by itself. */
import { ApplicationFailure } from '@temporalio/common';
import type { InspectInput, Inspection, TransferInput } from '../../src/contract';
import { keptOf } from '../ledger/support';
import { everythingWorks, inputOf, messageIn, refusal, refusedPublish, start, type Stage } from '../workflows/stand-ins';
import { link, opened, over, published, refusing, until, uploaded, type Scenario, type Scenarios } from './scenario';

function toItsEnd(activities: Scenario['activities'], changes: Partial<TransferInput> = {}): Scenario {
  return {
    ...(activities === undefined ? {} : { activities }),
    run: async (stage, name) => over(await start(stage.client, inputOf({ consumer: name, ...changes }))),
  };
}

/** Fails so often as a lost connection does, then does as usual. */
function losing<Output>(times: number, usual: Output): () => Promise<Output> {
  let left = times;
  return () => {
    left -= 1;
    if (left < 0) return Promise.resolve(usual);
    return Promise.reject(
      ApplicationFailure.create({ type: 'ANSWER_LOST', message: 'The answer was lost.', nextRetryDelay: 50 }),
    );
  };
}

const toBack = { fetchTo: '/data/back' };

export const transferScenarios: Scenarios = {
  done: toItsEnd(undefined),
  'done-and-fetched': toItsEnd(undefined, toBack),
  'done-and-verified': toItsEnd({ enable: () => Promise.resolve({ skipped: 'Not checked: no login.' }) }, { verify: true }),
  'lost-answers': toItsEnd({ open: losing(2, opened), upload: losing(1, uploaded), publish: losing(2, published) }),
  'upload-link-refused-for-a-minute': toItsEnd({ upload: refusing(['URL_REFUSED'], uploaded) }),
  'download-link-refused-for-a-minute': toItsEnd({ fetch: refusing(['URL_REFUSED'], fetchedBack()) }, toBack),
  'refused-at-inspect': toItsEnd({ inspect: () => refusal('TOO_LARGE') }),
  'refused-at-publish': toItsEnd({ publish: () => refusedPublish('REQUEST_REFUSED') }),
  'failed-in-publish-found': toItsEnd({
    publish: ({ lookOnly }) => (lookOnly ? Promise.resolve(published) : refusal('UNTRUSTED_HOST')),
  }),
  'failed-after-publish': toItsEnd({ fetch: () => refusal('TARGET_EXISTS') }, toBack),
  'conversation-closed-and-replaced': toItsEnd({
    open: ({ doubted }) => {
      const id = doubted === 'c1' ? 'c2' : 'c1';
      return Promise.resolve({ ...opened, conversationId: id, dialogId: id });
    },
    publish: ({ opened: { conversationId } }) =>
      conversationId === 'c1'
        ? refusedPublish('CONVERSATION_CLOSED')
        : Promise.resolve(messageIn(conversationId, 0)),
  }),
  'publish-refused-in-an-open-conversation': toItsEnd({ publish: () => refusedPublish('NOT_PARTICIPANT') }),
  'identity-replaced': toItsEnd({
    open: ({ doubted }) => {
      const replaced = { ...opened, conversationId: 'c2', dialogId: 'c2', consumerId: 'new' };
      return Promise.resolve(doubted === undefined ? opened : replaced);
    },
    publish: ({ opened: { conversationId } }) =>
      conversationId === 'c1' ? refusedPublish('NOT_PARTICIPANT') : Promise.resolve(messageIn(conversationId)),
  }),
  'failed-in-publish-unknown': toItsEnd({ publish: () => refusal('UNTRUSTED_HOST') }),
  'receipt-kept-later': toItsEnd({ publish: () => Promise.resolve(messageIn('c1', 7, false)) }),
  'already-sent': toItsEnd({ inspect: sentBefore }),
  'already-sent-and-fetched': toItsEnd({ inspect: sentBefore }, toBack),
  'publish-not-picked-up-by-its-host': {
    activities: { requestUploadUrl: refusing(['FILE_SHARING_OFF'], link) },
    run: publishedElsewhere,
  },
};

async function sentBefore(input: InspectInput): Promise<Inspection> {
  return { ...(await everythingWorks.inspect(input)), alreadySent: keptOf('earlier').receipt };
}

function fetchedBack() {
  return { fetchedTo: '/data/back/plan.jpg', sizeBytes: 100, md5: 'm', sha256: 's', urlRenewals: 0, bytesFetched: 100 };
}

/** Its host looks at the file and goes away; only the host's other queue is served when the upload comes. */
async function publishedElsewhere(stage: Stage, name: string) {
  const handle = await start(stage.client, inputOf({ consumer: name, host: 'away' }));
  await stage.playHost('away', {}, () => until(handle, { state: 'parked' }));
  await handle.executeUpdate('retry', { args: [{ commandId: 'r1' }] });
  return await stage.playHost('away', {}, () => over(handle), ['io']);
}
