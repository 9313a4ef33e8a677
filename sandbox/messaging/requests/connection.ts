import { identify, initProperties, initToken } from '../authentication';
import type { Call, RequestHandler } from '../context';
import { errorAnswer, textAnswer, type Answer } from '../frames';
import { refuse } from '../refusals';
import { expiredCode } from '../session';

export type OpeningCall = Pick<Call, 'frame' | 'session' | 'context'>;

/**
 * Presents the token where a browser cannot set headers. On a socket that has an identity already it only brings client
 * properties. A refused token is answered with 401, then the socket is closed with 4401 (4407: expired, anonymous).
 */
export function initConnection({ frame, session, context }: OpeningCall): Answer {
  const jwt = initToken(frame.headers);
  const properties = initProperties(frame.headers);
  if (jwt !== null || !session.identity) {
    const { identity, isExpired } = identify(context.authority, jwt ?? '');
    if (!identity || isExpired) {
      const code = identity ? expiredCode(identity) : 4401;
      return { ...errorAnswer(refuse.badToken()), afterwards: () => session.close(code, 'token refused') };
    }
    session.authenticate(identity);
  }
  session.clientProperties = { ...session.clientProperties, ...properties };
  return textAnswer('OK Connection initialized');
}

export const tellTime: RequestHandler = () => ({
  code: 200,
  type: 'GetClockResponse',
  body: { currentTime: Date.now() },
});

export const keepAlive: RequestHandler = () => textAnswer('OK');

export const setUserProfile: RequestHandler = async ({ frame, identity, context }) => {
  await context.ledger.commit({ what: 'profile', consumerId: identity.consumerId, profile: frame.body });
  return textAnswer('OK User profile updated');
};
