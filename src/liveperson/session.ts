import { FerryError } from '../errors';
import { defined } from '../lib/defined';
import { SharedCalls, abortable } from '../lib/shared-call';
import type { Connection, SocketRequest } from './connection';
import { gatherConversations } from './conversations';
import type { Link } from './link';
import { CONNECTION_LOST } from './lost-requests';
import type { ResolvedOptions } from './options';
import { createAnswer, publishAnswer } from './schemas';
import { isTrustedPath, readSignedUrl, untrustedPath } from './signed-url';
import type {
  AccountAddress,
  ConsumerSession,
  ConsumerToken,
  Conversation,
  PublishFileRequest,
  RequestOptions,
} from './types';

/** The requests of one consumer over its shared connection. */
export function createSession(
  account: AccountAddress,
  token: ConsumerToken,
  link: Link,
  options: ResolvedOptions,
): ConsumerSession {
  const gathering = new SharedCalls<readonly Conversation[]>();

  /** Repeated once when the socket was lost and repeating is safe: for a read, or a request that was not sent. */
  function ask<T>(signal: AbortSignal | undefined, work: (connection: Connection) => Promise<T>): Promise<T> {
    return link.using(async () => {
      for (let again = false; ; again = true) {
        const connection = await abortable(link.connection(), signal);
        try {
          return await work(connection);
        } catch (error) {
          if (again || !(error instanceof FerryError) || error.details[CONNECTION_LOST] !== true) throw error;
        }
      }
    });
  }

  /** Sent at most once. A request that may have been sent fails with ANSWER_LOST and is not repeated here. */
  function effect(request: SocketRequest): Promise<unknown> {
    return ask(request.signal, (connection) => connection.request({ ...request, effect: true }));
  }

  async function signedUrl(
    operation: 'upload-url' | 'download-url',
    body: Readonly<Record<string, string>>,
    asked: string | null,
    request: RequestOptions,
  ) {
    const type = operation === 'upload-url' ? 'ms.GenerateURLForUploadFile' : 'ms.GenerateURLForDownloadFile';
    const answer = await ask(request.signal, (connection) =>
      connection.request({ operation, type, body, timeoutMs: request.timeoutMs, signal: request.signal }),
    );
    return readSignedUrl(answer, asked);
  }

  return {
    consumerId: token.consumerId,
    // fileSize is a string, as in the schema; only examples have a number.
    requestUploadUrl: (file, request = {}) =>
      signedUrl('upload-url', { fileSize: String(file.sizeBytes), fileType: file.fileType }, null, request),
    async requestDownloadUrl(relativePath, request = {}) {
      if (!isTrustedPath(relativePath)) throw untrustedPath();
      return signedUrl('download-url', { relativePath }, relativePath, request);
    },
    conversations(request = {}) {
      const timeoutMs = request.timeoutMs ?? options.requestTimeoutMs;
      const gather = () => ask(undefined, (connection) => gatherConversations(connection, { timeoutMs }));
      return gathering.run(String(timeoutMs), gather, request.signal);
    },
    async createConversation(request) {
      const body = {
        brandId: account.accountId,
        channelType: 'MESSAGING',
        ttrDefName: 'NORMAL',
        skillId: request.skillId,
      };
      const answer = await effect({ ...request, operation: 'create', type: 'cm.ConsumerRequestConversation', body });
      const parsed = createAnswer.safeParse(answer);
      if (!parsed.success) throw doneButUnsaid('accepted the new conversation without saying its id');
      return parsed.data;
    },
    async publishFile(request) {
      const answer = await effect(publishRequest(request));
      const parsed = publishAnswer.safeParse(answer);
      if (!parsed.success) throw doneButUnsaid('accepted the file message without saying its sequence');
      return parsed.data;
    },
    close: () => link.close(),
  };
}

function publishRequest(request: PublishFileRequest): SocketRequest {
  const { conversationId, dialogId, caption, relativePath, fileType, preview } = request;
  const message = { caption, relativePath, fileType, ...defined({ preview }) };
  return {
    operation: 'publish',
    type: 'ms.PublishEvent',
    body: { dialogId, conversationId, event: { type: 'ContentEvent', contentType: 'hosted/file', message } },
    beforeSend: request.beforeSend,
    permit: request.permit,
    signal: request.signal,
  };
}

/** A success whose result is missing in the answer. The caller looks for the result, as after ANSWER_LOST. */
function doneButUnsaid(how: string): FerryError {
  return new FerryError('ANSWER_LOST', `The messaging service ${how}.`);
}
