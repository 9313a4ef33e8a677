import type { OpenedAt } from '../../contract';
import { ownerOf, type TransferRun } from '../transfer-run';

/** Finds or creates the conversation; none of those that turned out to be closed. */
export async function openConversation(run: TransferRun, closed: readonly string[]): Promise<OpenedAt> {
  const { input, view, steering } = run;
  const { consumer, conversationId } = input;
  const summary =
    conversationId === null ? `find or create the conversation of ${consumer}` : `check conversation ${conversationId}`;
  // Replacing a closed conversation is part of the step publish.
  if (view.now.step !== 'publish') view.set({ step: 'open' });
  const opened = await steering.activities().open({ ...ownerOf(input), conversationId, closed }, summary);
  view.set({ conversationId: opened.conversationId });
  return opened;
}
