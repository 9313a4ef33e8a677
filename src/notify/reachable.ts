/**
 * Decides which addresses a webhook may have. A URL in a file must not reach services that are private to this machine
 * or network.
 */
import { lookup as lookUp } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import { FerryError } from '../errors';
import type { Destination } from './types';

/** Special-purpose addresses of IANA's registries: this host, private, shared, link-local, documentation, multicast. */
const SPECIAL: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['::', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

const special = new BlockList();
for (const [network, bits] of SPECIAL) special.addSubnet(network, bits, isIP(network) === 6 ? 'ipv6' : 'ipv4');

/** True for addresses of the public internet. An IPv4 address in IPv6 form is judged as the IPv4 address. */
export function isPublic(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  return !special.check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/**
 * Parses the URL and checks its text: https, or a host that is allowed by name.
 *
 * @throws {FerryError} NOTICE_NOT_ALLOWED
 */
export function allowedUrl({ name, url: text, privateHosts }: Destination): URL {
  if (!URL.canParse(text)) throw notAllowed(name, 'its URL cannot be read');
  const url = new URL(text);
  const host = bareHost(url);
  const isNamed = privateHosts.includes(host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isNamed)) {
    throw notAllowed(name, `its URL is not https, and privateHosts does not name ${host}`);
  }
  if (url.username !== '' || url.password !== '') throw notAllowed(name, 'its URL has a user name');
  if (!isNamed && isIP(host) !== 0 && !isPublic(host)) throw notAllowed(name, isPrivate(host, host));
  return url;
}

/**
 * Resolves names for the connection itself, so that a second look-up cannot give another answer. A name with any
 * address that is not public is refused, unless it is allowed by name.
 */
export function guardedLookup({ name, privateHosts }: Destination, resolve = lookUp): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error !== null) return callback(error, []);
      const bad = privateHosts.includes(host) ? undefined : found.find(({ address }) => !isPublic(address));
      if (bad !== undefined) return callback(notAllowed(name, isPrivate(host, bad.address)), []);
      if (options.all === true) return callback(null, found);
      const [first] = found;
      return first === undefined
        ? callback(new Error(`${host} has no address.`), '')
        : callback(null, first.address, first.family);
    });
  };
}

function bareHost({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function isPrivate(host: string, address: string): string {
  const what = host === address ? host : `${host} (${address})`;
  return `${what} is not an address of the public internet, and privateHosts does not name ${host}`;
}

function notAllowed(name: string, why: string): FerryError {
  return new FerryError('NOTICE_NOT_ALLOWED', `Notices are not sent to ${name}: ${why}.`, {
    details: { notify: name },
  });
}
