import type { RequestHandler } from '../context';
import { wholeNumber } from '../json';
import { historyTexts } from '../notifications';
import { refuse } from '../refusals';
import { ownDialog, requireText } from './access';

/** ms.SubscribeMessagingEvents: history from `fromSeq` on (inclusive), then live events, one's own included. */
export const subscribeMessages: RequestHandler = (call) => {
  const { frame, session, context } = call;
  const dialogId = requireText(frame.body['dialogId'], 'dialogId');
  const fromSeq = wholeNumber(frame.body['fromSeq'] ?? 0);
  if (fromSeq === null) throw refuse.badValue('fromSeq must be a whole number from 0.');
  ownDialog(call, dialogId);
  const all = context.ledger.state.messages.get(dialogId) ?? [];
  // In one tick with the registration: no event is missed or told twice.
  const history = historyTexts(
    all.filter(({ sequence }) => sequence >= fromSeq),
    context.behaviour,
  );
  session.dialogs.add(dialogId);
  return {
    code: 200,
    type: 'GenericSubscribeResponse',
    body: {},
    afterwards: () => history.forEach((text) => session.send(text)),
  };
};
