import { setMaxListeners } from 'node:events';
import { setTimeout as pauseFor } from 'node:timers/promises';
import type { Messaging, MessagingDeps } from '../types';
import { DEFAULT_BEHAVIOUR, type Behaviour } from './behaviour';
import type { Context } from './context';
import { discoveryRoutes } from './discovery';
import { idpRoutes } from './idp';
import { createLedger } from './ledger';
import { loginRoutes } from './login';
import { sendLiveNotifications } from './notifications';
import { listConversations, listMessages } from './pages';
import { propertyRoutes } from './properties';
import { createTokenAuthority } from './token-authority';
import { createSocketGate } from './upgrade';

export type { Behaviour } from './behaviour';
export { SANDBOX_API_KEY, SANDBOX_OAUTH2_CLIENT } from './users';

/**
 * LivePerson's messaging side: discovery, login, site properties, consumer tokens and the consumer socket (v3). What it
 * acknowledges is in the journal first; {@link Messaging.replay} brings it back.
 */
export function createMessaging(deps: MessagingDeps, behaviour: Partial<Behaviour> = {}): Messaging {
  const ledger = createLedger(deps.journal);
  const authority = createTokenAuthority(deps.accountId, ledger);
  const closing = new AbortController();
  // As many wait on it as requests are held by a fault.
  setMaxListeners(0, closing.signal);
  const context: Context = {
    deps,
    behaviour: { ...DEFAULT_BEHAVIOUR, ...behaviour },
    ledger,
    authority,
    sessions: new Set(),
    opening: new Set(),
    pause: (delayMs) => pauseFor(delayMs, undefined, { signal: closing.signal }).catch(() => undefined),
  };
  const gate = createSocketGate(context);
  sendLiveNotifications(context.sessions, ledger, context.behaviour);

  return {
    routes: [
      ...discoveryRoutes(deps),
      ...loginRoutes(deps, ledger),
      ...propertyRoutes(deps, ledger),
      ...idpRoutes(deps, ledger, authority),
    ],
    upgrade: (request, socket, head) => gate.upgrade(request, socket, head),
    replay: (entry) => ledger.replay(entry),
    messages: () => listMessages(ledger.state),
    conversations: () => listConversations(ledger.state),
    async close() {
      closing.abort();
      await gate.close();
      await ledger.settled();
    },
  };
}
