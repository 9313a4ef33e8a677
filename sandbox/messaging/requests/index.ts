import type { Answer } from '../frames';
import type { Call, RequestHandler } from '../context';
import { initConnection, keepAlive, tellTime, setUserProfile, type OpeningCall } from './connection';
import { requestConversation } from './request-conversation';
import { updateConversation } from './update-conversation';
import { subscribeConversations, unsubscribeConversations } from './subscribe-conversations';
import { subscribeMessages } from './subscribe-messages';
import { downloadUrl, uploadUrl } from './file-urls';
import { publish } from './publish';

type Entrance = { readonly needsIdentity: false; handle(call: OpeningCall): Answer | Promise<Answer> };
type Ordinary = { readonly needsIdentity: true; handle(call: Call): Answer | Promise<Answer> };

const ordinary: readonly (readonly [string, RequestHandler])[] = [
  ['GetClock', tellTime],
  ['KeepAlive', keepAlive],
  ['userprofile.SetUserProfile', setUserProfile],
  ['cm.ConsumerRequestConversation', requestConversation],
  ['cm.UpdateConversationField', updateConversation],
  ['cqm.SubscribeExConversations', subscribeConversations],
  ['cqm.UnsubscribeExConversations', unsubscribeConversations],
  ['ms.SubscribeMessagingEvents', subscribeMessages],
  ['ms.GenerateURLForUploadFile', uploadUrl],
  ['ms.GenerateURLForDownloadFile', downloadUrl],
  ['ms.PublishEvent', publish],
];

const handlers = new Map<string, Entrance | Ordinary>([
  ['InitConnection', { needsIdentity: false, handle: initConnection }],
  ...ordinary.map(([type, handle]) => [type, { needsIdentity: true, handle }] as const),
]);

/** undefined: the consumer socket (v3) has no such request. */
export function requestHandler(type: string): Entrance | Ordinary | undefined {
  return handlers.get(type);
}
