import { FerryError } from '../errors';
import { isSuccess, oddAnswer, refusedForGood, type Http } from './http';
import { discoveryEntry, tolerantArray } from './schemas';
import { addressKey, discoveryOrigin, trustedOrigin } from './trust';
import type { AccountAddress, ServiceName } from './types';
import { z } from 'zod';
import { SharedCalls } from '../lib/shared-call';

/** Like node-agent-sdk. The documentation says that addresses must be looked up and not hard-coded. */
const CACHE_MS = 60_000;

interface Found {
  /** Service name to base URI, unchecked: trust is checked when a service is used. */
  readonly hosts: ReadonlyMap<string, string>;
  readonly until: number;
}

export interface Discovery {
  /** `http(s)://host[:port]` of a service, checked for trust. */
  serviceUrl(account: AccountAddress, service: ServiceName, signal?: AbortSignal): Promise<string>;
}

export function createDiscovery(http: Http): Discovery {
  const found = new Map<string, Found>();
  const asking = new SharedCalls<Found>();

  async function ask(account: AccountAddress, key: string): Promise<Found> {
    const origin = discoveryOrigin(account);
    const what = `Domain discovery at ${account.domain}`;
    const answer = await http.call({
      method: 'GET',
      url: `${origin}/api/account/${encodeURIComponent(account.accountId)}/service/baseURI.json?version=1.0`,
      ca: account.ca,
      gate: account.gate,
      what,
    });
    if (answer.status === 401 || answer.status === 404) {
      throw new FerryError('REQUEST_REFUSED', `${what} does not know the account ${account.accountId}.`, {
        details: { status: answer.status },
      });
    }
    if (!isSuccess(answer)) throw refusedForGood(what, answer);
    const fresh = { hosts: readHosts(what, answer.body), until: performance.now() + CACHE_MS };
    found.set(key, fresh);
    return fresh;
  }

  return {
    async serviceUrl(account, service, signal) {
      signal?.throwIfAborted();
      discoveryOrigin(account);
      const key = addressKey(account);
      const kept = found.get(key);
      const fresh =
        kept !== undefined && kept.until > performance.now()
          ? kept
          : await asking.run(key, () => ask(account, key), signal);
      const baseUri = fresh.hosts.get(service);
      try {
        if (baseUri === undefined) {
          throw oddAnswer(`Domain discovery at ${account.domain}`, `an address of the service ${service}`);
        }
        return trustedOrigin(account, baseUri, service);
      } catch (error) {
        // A bad answer is not kept, so the next call asks again.
        found.delete(key);
        throw error;
      }
    },
  };
}

function readHosts(what: string, body: unknown): ReadonlyMap<string, string> {
  const list = z.object({ baseURIs: z.unknown().optional() }).safeParse(body);
  // The answer for a single service is one entry instead of a list.
  const entries = tolerantArray(
    list.success && list.data.baseURIs !== undefined ? list.data.baseURIs : body,
    discoveryEntry,
  );
  if (entries.length === 0) throw oddAnswer(what, 'any address');
  return new Map(entries.map((entry) => [entry.service, entry.baseURI]));
}
