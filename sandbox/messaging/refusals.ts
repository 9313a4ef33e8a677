import { shownName } from './json';

/** Why a request on the socket is refused; becomes a `.ReqBody$ErrorResp` answer without any effect. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: number;
  /** First three digits: the HTTP code; the last two tell the case. */
  readonly errorCode: number;
  readonly title: string;

  constructor(code: number, errorCode: number, title: string, details: string) {
    super(details);
    this.code = code;
    this.errorCode = errorCode;
    this.title = title;
  }
}

/**
 * Only 40001 and 40103 are documented numbers of LivePerson. All others are the sandbox's own: no source says how the
 * real service numbers these cases, so a client should go by the class of the code.
 */
export const refuse = {
  missingParameter: (details: string) => new Refusal(400, 40_001, 'Missing parameter', details),
  unknownType: (type: string) => new Refusal(400, 40_002, 'Unknown request', `There is no request ${shownName(type)}.`),
  badValue: (details: string) => new Refusal(400, 40_003, 'Invalid value', details),
  fileType: (fileType: unknown) =>
    new Refusal(
      400,
      40_010,
      'File type not supported',
      `The account does not take files of type ${shownName(fileType)}.`,
    ),
  fileSize: (maxBytes: number) =>
    new Refusal(400, 40_011, 'File too large', `The account takes files of at most ${maxBytes} bytes.`),
  /** The real code is unknown; 400, because 404 has no documented use on the socket. */
  unknownConversation: () =>
    new Refusal(400, 40_012, 'Unknown conversation', 'There is no conversation or dialog with this id.'),
  previewSize: () => new Refusal(400, 40_013, 'Preview too large', 'A preview has at most 30 KB.'),
  objectMissing: () => new Refusal(400, 40_014, 'File missing', 'Storage has no object under this relativePath.'),
  objectSize: () =>
    new Refusal(400, 40_015, 'Wrong file size', 'The stored object has not the size that was declared for its URL.'),
  closed: () => new Refusal(400, 40_016, 'Conversation closed', 'The dialog is closed.'),
  unknownPath: () => new Refusal(400, 40_017, 'Unknown relativePath', 'No upload URL was given for this relativePath.'),
  notAuthenticated: () =>
    new Refusal(401, 40_100, 'Not authenticated', 'The socket has not presented a token yet: send InitConnection.'),
  badToken: () => new Refusal(401, 40_103, 'Invalid consumer token', 'The token is not valid or has expired.'),
  fileSharingOff: () =>
    new Refusal(403, 40_301, 'File sharing disabled', 'The site property messaging.file.sharing.enabled is off.'),
  notParticipant: () =>
    new Refusal(403, 40_302, 'Not a participant', 'The consumer does not take part in this conversation.'),
  openAlready: () => new Refusal(409, 40_901, 'Conversation exists', 'The consumer has an open conversation already.'),
  internal: () => new Refusal(500, 50_000, 'Internal error', 'The request failed inside the service.'),
};
