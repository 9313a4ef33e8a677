import type { FaultAction } from '../types';
import type { Session } from './session';

/** Narrows an action with parameters to the one that has this key. */
export function isAction<Key extends string>(
  action: FaultAction | null,
  key: Key,
): action is Extract<FaultAction, Readonly<Record<Key, unknown>>> {
  return typeof action === 'object' && action !== null && key in action;
}

/** The status with which a rule wants an upgrade refused; null: none. */
export function statusByFault(action: FaultAction | null): number | null {
  if (isAction(action, 'status')) return action.status;
  if (isAction(action, 'error')) return action.error.code;
  // As a captive portal answers: a page instead of an upgrade.
  return action === 'corrupt' ? 200 : null;
}

/** What a rule wants done to a socket that has just been upgraded. */
export function actOnNewSocket(session: Session, action: FaultAction | null): void {
  if (action === 'drop-after') session.cut('terminate');
  else if (action === 'expired') session.close(4401, 'token expired');
  else if (isAction(action, 'closeCode')) session.close(action.closeCode, 'fault');
  else if (isAction(action, 'resetAfterBytes')) session.limit(action.resetAfterBytes, 'reset');
  else if (isAction(action, 'truncateAtBytes')) session.limit(action.truncateAtBytes, 'terminate');
}
