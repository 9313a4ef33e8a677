import { randomUUID } from 'node:crypto';
import type { Call, RequestHandler, Spoil } from '../context';
import type { Answer } from '../frames';
import { wholeNumber } from '../json';
import { refuse } from '../refusals';
import { isFileSharingOn } from '../state';
import { requireText } from './access';

/** ms.GenerateURLForUploadFile. Every call yields a new path; the declared size is kept for the check at publish. */
export const uploadUrl: RequestHandler = async (call) => {
  const { context, identity, frame, spoil } = call;
  const { rules, accountId } = context.deps;
  const fileType = requireText(frame.body['fileType'], 'fileType');
  const sizeBytes = wholeNumber(frame.body['fileSize']);
  if (sizeBytes === null || sizeBytes === 0) throw refuse.missingParameter('fileSize must be a number of bytes.');
  const { propertyDelayMs } = context.behaviour;
  if (!isFileSharingOn(context.ledger.state, propertyDelayMs, Date.now())) throw refuse.fileSharingOff();
  if (!rules.types.includes(fileType)) throw refuse.fileType(fileType);
  if (sizeBytes > rules.maxBytes) throw refuse.fileSize(rules.maxBytes);

  const relativePath = pathFor(accountId, identity.consumerId, fileType, new Date());
  await context.ledger.commit({
    what: 'upload',
    upload: { relativePath, consumerId: identity.consumerId, sizeBytes, fileType },
  });
  return urlAnswer(call, 'PUT', relativePath, spoil);
};

/**
 * ms.GenerateURLForDownloadFile: for the uploader and for participants of a conversation that holds the file. Whether
 * the object is there is for storage to say (404).
 */
export const downloadUrl: RequestHandler = (call) => {
  const relativePath = requireText(call.frame.body['relativePath'], 'relativePath');
  const { uploads, published, conversations } = call.context.ledger.state;
  const { consumerId } = call.identity;
  const isUploader = uploads.get(relativePath)?.consumerId === consumerId;
  const isParticipant = [...(published.get(relativePath) ?? [])].some((id) =>
    conversations.get(id)?.participants.some((participant) => participant.id === consumerId),
  );
  if (!isUploader && !isParticipant) throw refuse.notParticipant();
  return urlAnswer(call, 'GET', relativePath, call.spoil);
};

/** `{participantId}_uuid_{uuid}_{dd-MM-yyyy}_{HH-mm-ss-SSS}.{TYPE}`, as captured. */
function pathFor(accountId: string, consumerId: string, fileType: string, at: Date): string {
  const [year, month, day, hour, minute, second, milli] = at.toISOString().split(/\D/);
  const date = `${day}-${month}-${year}`;
  const time = `${hour}-${minute}-${second}-${milli}`;
  return `/v1/AUTH_async-images/${accountId}/${consumerId}_uuid_${randomUUID()}_${date}_${time}.${fileType}`;
}

function urlAnswer({ context }: Call, method: 'PUT' | 'GET', relativePath: string, spoil: Spoil): Answer {
  const { urls } = context.deps;
  const signed = spoil === 'expired' ? urls.signExpired(method, relativePath) : urls.sign(method, relativePath);
  const queryParams = {
    temp_url_sig: spoil === 'corrupt' ? spoilt(signed.temp_url_sig) : signed.temp_url_sig,
    temp_url_expires: signed.temp_url_expires,
  };
  return { code: 200, type: context.behaviour.urlAnswerType, body: { relativePath, queryParams } };
}

/** Looks like a signature, is not this one. */
function spoilt(signature: string): string {
  return `${signature.slice(0, -1)}${signature.endsWith('0') ? '1' : '0'}`;
}
