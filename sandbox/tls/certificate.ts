/**
 * X.509 certificates (RFC 5280) for the sandbox's own TLS: version 3, ECDSA on P-256 with SHA-256. Written out here
 * because Node signs and reads certificates' parts but makes none; see docs/decisions for the libraries weighed.
 */
import { createHash, randomBytes, sign, type KeyObject } from 'node:crypto';
import { isIPv4 } from 'node:net';

import { bits, integer, objectId, octets, sequence, set, tagged, text, time, TRUE } from './der';

const ECDSA_WITH_SHA256 = sequence(objectId('1.2.840.10045.4.3.2'));
const COMMON_NAME = '2.5.4.3';
const DAY_MS = 86_400_000;

export interface CertificateWish {
  readonly subject: string;
  readonly publicKey: KeyObject;
  readonly issuer: { readonly name: string; readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly days: number;
  readonly extensions: readonly Buffer[];
}

/** @returns PEM. It holds from a day ago, for clocks that are late. */
export function certificatePem({ subject, publicKey, issuer, days, extensions }: CertificateWish): string {
  const now = Date.now();
  // Positive and of 16 bytes: unique without a counter.
  const serial = integer(Buffer.concat([Buffer.from([0x40]), randomBytes(15)]));
  const identifiers = [
    extension('2.5.29.14', octets(keyId(publicKey))),
    extension('2.5.29.35', sequence(tagged(0x80, keyId(issuer.publicKey)))),
  ];
  const body = sequence(
    tagged(0xa0, integer(Buffer.from([2]))),
    serial,
    ECDSA_WITH_SHA256,
    nameOf(issuer.name),
    sequence(time(new Date(now - DAY_MS)), time(new Date(now + days * DAY_MS))),
    nameOf(subject),
    spkiOf(publicKey),
    tagged(0xa3, sequence(...extensions, ...identifiers)),
  );
  const whole = sequence(body, ECDSA_WITH_SHA256, bits(sign('sha256', body, issuer.privateKey)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

/**
 * Of an authority that is good for these hosts alone: who comes to trust it by accident, or gets at its key, gains
 * nothing beyond them.
 */
export function authorityExtensions(hosts: readonly string[]): readonly Buffer[] {
  const permitted = hosts.map((host) => sequence(subtreeOf(host)));
  return [
    critical('2.5.29.19', sequence(TRUE, integer(Buffer.from([0])))),
    // keyCertSign
    critical('2.5.29.15', bits(Buffer.from([0x04]), 2)),
    critical('2.5.29.30', sequence(tagged(0xa0, ...permitted))),
  ];
}

export function serverExtensions(hosts: readonly string[]): readonly Buffer[] {
  return [
    critical('2.5.29.19', sequence()),
    // digitalSignature
    critical('2.5.29.15', bits(Buffer.from([0x80]), 7)),
    // serverAuth
    extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'))),
    extension('2.5.29.17', sequence(...hosts.map(generalName))),
  ];
}

const critical = (id: string, value: Buffer): Buffer => sequence(objectId(id), TRUE, octets(value));
const extension = (id: string, value: Buffer): Buffer => sequence(objectId(id), octets(value));
const nameOf = (commonName: string): Buffer => sequence(set(sequence(objectId(COMMON_NAME), text(commonName))));
const spkiOf = (key: KeyObject): Buffer => key.export({ type: 'spki', format: 'der' });
const keyId = (key: KeyObject): Buffer => createHash('sha1').update(spkiOf(key)).digest();
const addressOf = (host: string): Buffer => Buffer.from(host.split('.').map(Number));

function generalName(host: string): Buffer {
  return isIPv4(host) ? tagged(0x87, addressOf(host)) : tagged(0x82, Buffer.from(host, 'ascii'));
}

/** An address comes with its mask here: this one address. */
function subtreeOf(host: string): Buffer {
  return isIPv4(host) ? tagged(0x87, addressOf(host), Buffer.alloc(4, 0xff)) : generalName(host);
}
