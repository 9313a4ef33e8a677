import type { HttpRoute, MessagingDeps } from '../types';
import { json, jsonp, refusal, route } from './http';
import { shownName } from './json';

export interface BaseUri {
  readonly service: string;
  readonly account: string;
  /** `host:port`, no scheme, no slash. */
  readonly baseURI: string;
}

const SERVED_HERE = [
  'asyncMessagingEnt',
  'idp',
  'agentVep',
  'accountConfigReadWrite',
  'accountConfigReadOnly',
  // Storage is on another host when the sandbox signs for a real Swift.
  'swift',
];

export function baseUris(deps: MessagingDeps): readonly BaseUri[] {
  return SERVED_HERE.map((service) => ({
    service,
    account: deps.accountId,
    baseURI: service === 'swift' ? deps.storageHost() : deps.selfHost(),
  }));
}

/** Domain discovery in all path forms that real clients use, and the form for browsers (JSONP). */
export function discoveryRoutes(deps: MessagingDeps): readonly HttpRoute[] {
  const all = /^\/(?:api|csdr)\/account\/(?<account>[^/]+)\/service\/baseURI(?:\.json)?$/;
  const one = /^\/(?:api|csdr)\/account\/(?<account>[^/]+)\/service\/(?<service>[^/]+)\/baseURI(?:\.json)?$/;
  const script = /^\/(?:api|csdr)\/account\/(?<account>[^/]+)\/service\/(?<service>[^/]+)\/baseURI\.lpCsds$/;
  const find = (service: string | undefined) => baseUris(deps).find((uri) => uri.service === service);

  function refuse(account: string | undefined, version: string | null) {
    if (version !== '1.0') return refusal(400, 'The query parameter version must be 1.0.');
    if (account !== deps.accountId) return refusal(401, `There is no site ${shownName(account)}.`);
    return null;
  }

  return [
    route('csds', 'GET', all, ({ query }, { account }) => {
      return refuse(account, query.get('version')) ?? json(200, { baseURIs: baseUris(deps) });
    }),
    route('csds', 'GET', one, ({ query }, { account, service }) => {
      const uri = find(service);
      const missing = uri ? null : refusal(404, `There is no service ${shownName(service)}; names are case-sensitive.`);
      return refuse(account, query.get('version')) ?? missing ?? json(200, uri);
    }),
    route('csds', 'GET', script, ({ query }, { account, service }) => {
      const uri = find(service);
      const lpData = uri ? [{ lpServer: uri.baseURI }] : [];
      return refuse(account, query.get('version')) ?? jsonp(query.get('cb'), { ResultSet: { lpData } });
    }),
  ];
}
