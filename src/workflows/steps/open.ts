import type { OpenedAt } from '../../contract';
import { ownerOf, type TransferRun } from '../transfer-run';

/**
 * Finds or creates the conversation; never returns one of the closed conversations.
 *
 * @param doubted a conversation that refused a publish; it is replaced only when it is closed or gone
 */
export async function openConversation(
  run: TransferRun,
  closed: readonly string[] = [],
  doubted?: string,
): Promise<OpenedAt> {
  const { input, view, steering } = run;
  const { consumer, conversationId } = input;
  const summary =
    conversationId === null ? `find or create the conversation of ${consumer}` : `check conversation ${conversationId}`;
  view.set({ step: 'open' });
  const request = { ...ownerOf(input), conversationId, closed, ...(doubted === undefined ? {} : { doubted }) };
  const opened = await steering.activities().anywhere('open', request, { summary });
  view.set({ conversationId: opened.conversationId });
  return opened;
}
