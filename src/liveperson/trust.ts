import { FerryError } from '../errors';
import { isLoopback } from '../lib/loopback';
import type { AccountAddress } from './types';

interface Host {
  /** Lower case, brackets of IPv6 kept. */
  readonly name: string;
  readonly port: number | null;
}

// Deliberately narrower than URL parsers: no user info, path, escapes, trailing dot or odd IPv4 spellings, so that the
// checked host is, letter by letter, the host of the connection.
const BARE_HOST = /^(\[[0-9a-f:.]{2,45}\]|[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?)(?::([0-9]{1,5}))?$/;

/**
 * LivePerson's own domains, at port 443 only. `lpsnmedia.net` also serves content of customers, so it gets no token.
 */
const LIVEPERSON_DOMAINS: readonly { readonly name: string; readonly serves: (service: string) => boolean }[] = [
  { name: 'liveperson.net', serves: () => true },
  { name: 'lpsnmedia.net', serves: (service) => service === 'swift' },
];

function parseHost(text: string): Host | null {
  const match = BARE_HOST.exec(text.toLowerCase());
  if (match?.[1] === undefined) return null;
  const port = match[2] === undefined ? null : Number(match[2]);
  if (port !== null && (port < 1 || port > 65_535)) return null;
  return { name: match[1], port };
}

/**
 * `http(s)://host[:port]` of the account's domain discovery.
 * Throws NOT_CONFIGURED for a malformed domain, and for plaintext to another machine.
 */
export function discoveryOrigin(account: AccountAddress): string {
  const host = parseHost(account.domain);
  if (host === null) {
    throw new FerryError('NOT_CONFIGURED', `The domain "${account.domain}" of the account is not a plain host[:port].`);
  }
  if (account.plaintext && !isLoopback(host.name)) {
    throw new FerryError(
      'NOT_CONFIGURED',
      `plaintext is accepted for this machine only (loopback), and ${account.domain} is another machine.`,
    );
  }
  return `${account.plaintext ? 'http' : 'https'}://${account.domain.toLowerCase()}`;
}

/** The origin of a host that discovery named, or UNTRUSTED_HOST. */
export function trustedOrigin(account: AccountAddress, baseUri: string, service: string): string {
  const host = parseHost(baseUri);
  if (host === null) {
    throw new FerryError(
      'UNTRUSTED_HOST',
      `Domain discovery gave something for the service ${service} that is not a plain host[:port].`,
      { details: { service } },
    );
  }
  if (!isTrusted(account, host, service)) {
    throw new FerryError(
      'UNTRUSTED_HOST',
      `Domain discovery names the host ${baseUri.toLowerCase()} for the service ${service}, which is not trusted.`,
      { details: { service, host: baseUri.toLowerCase() } },
    );
  }
  return `${account.plaintext ? 'http' : 'https'}://${baseUri.toLowerCase()}`;
}

function isTrusted(account: AccountAddress, host: Host, service: string): boolean {
  // A token must not leave the machine in plaintext, whatever trustedHosts says.
  if (account.plaintext && !isLoopback(host.name)) return false;
  const configured = parseHost(account.domain);
  if (configured !== null && host.name === configured.name) {
    const sameMachine = isLoopback(host.name);
    if (sameMachine || portOf(host, account) === portOf(configured, account)) return true;
  }
  if (isOfLivePerson(host, service) && portOf(host, account) === 443) return true;
  return account.trustedHosts.some((entry) => {
    const trusted = parseHost(entry);
    if (trusted === null || trusted.name !== host.name) return false;
    return trusted.port === null || trusted.port === portOf(host, account);
  });
}

function isOfLivePerson(host: Host, service: string): boolean {
  const domain = LIVEPERSON_DOMAINS.find(({ name }) => host.name === name || host.name.endsWith(`.${name}`));
  return domain?.serves(service) === true;
}

function portOf(host: Host, account: AccountAddress): number {
  return host.port ?? (account.plaintext ? 80 : 443);
}

/** Key of an account in caches. Addresses with different trust or authorities never share an answer. */
export function addressKey(account: AccountAddress): string {
  return JSON.stringify([
    account.accountId,
    account.domain,
    account.plaintext,
    account.ca ?? null,
    account.trustedHosts,
  ]);
}
