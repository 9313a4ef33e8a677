/**
 * Requests of the brand's socket: enough for LivePerson's own node-agent-sdk. Routing (rings, tasks, an agent's own
 * load) is not simulated: an agent joins a conversation by itself.
 */
import type { Call, RequestHandler } from '../context';
import type { Conversation } from '../entries';
import { textAnswer } from '../frames';
import { arrayOf, wholeNumber } from '../json';
import { messageChange } from '../notifications';
import { refuse } from '../refusals';
import { requireText } from '../requests/access';
import { keepAlive, tellTime } from '../requests/connection';
import { downloadUrl, uploadUrl } from '../requests/file-urls';
import { publish } from '../requests/publish';
import { admitted, subscribed, unsubscribeConversations } from '../requests/subscribe-conversations';
import { updateAsAgent } from './update';
import { agentId, brandEvent } from './views';

/** The same request as on the consumer's socket; its answer goes by another name. */
function answeredAs(type: string, handler: RequestHandler): RequestHandler {
  return async (call) => ({ ...(await handler(call)), type });
}

/** Any agent of the site may see any of its conversations, as a manager does. */
const subscribe: RequestHandler = (call) => {
  const { frame, context } = call;
  const { convState, stage, agentIds, consumerId } = frame.body as Record<
    'convState' | 'stage' | 'agentIds' | 'consumerId',
    unknown
  >;
  const { accountId } = context.deps;
  const agents = arrayOf(agentIds).map((id) => agentId(accountId, id) ?? String(id));
  const isWanted = ({ participants, consumerId: of }: Conversation): boolean =>
    (agents.length === 0 || participants.some(({ id }) => agents.includes(id))) &&
    (typeof consumerId !== 'string' || consumerId === of);
  const subscription = {
    states: admitted(convState, 'convState'),
    stages: admitted(stage, 'stage'),
    minLastUpdatedTime: 0,
    reported: new Set<string>(),
    isWanted,
  };
  return subscribed(call, subscription, '.ams.aam.SubscribeExConversations$Response');
};

/** 0 stands for the whole history, anything else for what came after it; live events follow by themselves. */
const queryMessages: RequestHandler = ({ frame, session, context }) => {
  const dialogId = requireText(frame.body['dialogId'], 'dialogId');
  const newer = wholeNumber(frame.body['newerThanSequence'] ?? 0);
  if (newer === null) throw refuse.badValue('newerThanSequence must be a whole number from 0.');
  if (!context.ledger.state.dialogs.has(dialogId)) throw refuse.unknownConversation();
  const messages = context.ledger.state.messages.get(dialogId) ?? [];
  const wanted = messages.filter(({ sequence }) => newer === 0 || sequence > newer);
  session.dialogs.add(dialogId);
  const body = wanted.map((message) => brandEvent(context.deps.accountId, messageChange(message)));
  return { code: 200, type: '.ams.ms.QueryMessages$Response', body };
};

const userProfile: RequestHandler = ({ frame, context }: Call) => {
  const userId = requireText(frame.body['userId'], 'userId');
  const body = { userId, ...context.ledger.state.profiles.get(userId) };
  return { code: 200, type: '.ams.userprofile.GetUserProfile$Response', body };
};

const handlers = new Map<string, RequestHandler>([
  ['.GetClock', tellTime],
  ['.KeepAlive', keepAlive],
  ['.ams.aam.SubscribeExConversations', subscribe],
  ['.ams.aam.UnsubscribeExConversations', unsubscribeConversations],
  ['.ams.cm.UpdateConversationField', updateAsAgent],
  ['.ams.ms.QueryMessages', queryMessages],
  ['.ams.ms.PublishEvent', publish],
  ['.ams.ms.GenerateURLForUploadFile', answeredAs('.ams.ms.BaseGenerateURL$Response', uploadUrl)],
  ['.ams.ms.GenerateURLForDownloadFile', answeredAs('.ams.ms.BaseGenerateURL$Response', downloadUrl)],
  ['.ams.userprofile.GetUserProfile', userProfile],
  // Nothing is routed to anybody here, so being online changes nothing.
  ['.ams.routing.SetAgentState', () => ({ ...textAnswer('OK Agent state set'), code: 202 })],
]);

/** undefined: the brand's socket has no such request, or the sandbox does not simulate it. */
export function brandRequestHandler(type: string) {
  const handle = handlers.get(type);
  return handle && ({ needsIdentity: true, handle } as const);
}
