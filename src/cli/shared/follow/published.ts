import type { TransferStatus } from '../../../client/types';
import { STEPS } from '../../../contract';
import { shortId } from './words';

const PUBLISH = STEPS.indexOf('publish');

/** Whether the message was published, which a person must know before acting on a transfer. */
export function publishedWords(status: TransferStatus): string {
  const { receipt, step, state } = status;
  if (receipt !== null && receipt.sequence !== null) {
    const where = receipt.conversationId === null ? '' : ` in conversation ${shortId(receipt.conversationId)}`;
    return `its message was published (message ${receipt.sequence}${where})`;
  }
  if (status.kind === 'fetch') return 'a fetch, it publishes nothing';
  if (status.published === true) return 'its message was published';
  const at = STEPS.indexOf(step);
  if (at > PUBLISH || state === 'done') return 'its message was published';
  if (at === PUBLISH && state !== 'failed') return 'its message is being published';
  return 'its message was not published';
}
