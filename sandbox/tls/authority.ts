/** The sandbox's own certificate authority, kept over restarts, and the certificate under which it serves. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, X509Certificate, type KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

import { writeDurably } from '../files';
import { SandboxError, codeOf, messageOf } from '../sandbox-error';
import { authorityExtensions, certificatePem, serverExtensions } from './certificate';

/** The hosts under which the sandbox can be reached, and for which alone its authority is good. */
const HOSTS = ['localhost', '127.0.0.1'];
const AUTHORITY_DAYS = 3650;
/** Made anew at each start. */
const SERVER_DAYS = 365;
const DAY_MS = 86_400_000;

/** What people point `--cacert`, `caFile` and `NODE_EXTRA_CA_CERTS` at. */
const CA_FILE = 'sandbox-ca.pem';
const CA_KEY_FILE = 'sandbox-ca.key';

export interface ServerIdentity {
  /** PEM of the certificate and of its private key. */
  readonly cert: string;
  readonly key: string;
  /** Path of the authority's certificate. */
  readonly caFile: string;
}

interface Authority {
  readonly name: string;
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

/**
 * A certificate for localhost and 127.0.0.1 under the authority in `stateDir`, which is made at the first start, and
 * anew where its time is nearly up.
 * @throws SandboxError when the files of the authority are damaged
 */
export async function serverIdentity(stateDir: string): Promise<ServerIdentity> {
  const caFile = join(stateDir, CA_FILE);
  const issuer = (await readAuthority(stateDir)) ?? (await makeAuthority(stateDir));
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const cert = certificatePem({
    subject: 'localhost',
    publicKey,
    issuer,
    days: SERVER_DAYS,
    extensions: serverExtensions(HOSTS),
  });
  return { cert, key: pemOf(privateKey), caFile };
}

/** null: there is none, or it would end before a certificate of today does. */
async function readAuthority(stateDir: string): Promise<Authority | null> {
  const cert = await readOptional(join(stateDir, CA_FILE));
  const key = await readOptional(join(stateDir, CA_KEY_FILE));
  if (cert === null || key === null) return null;
  try {
    const certificate = new X509Certificate(cert);
    const privateKey = createPrivateKey(key);
    if (!certificate.checkPrivateKey(privateKey)) throw new Error('The key belongs to another certificate.');
    if (Date.parse(certificate.validTo) < Date.now() + SERVER_DAYS * DAY_MS) return null;
    const name = certificate.subject.replace(/^CN=/, '');
    return { name, privateKey, publicKey: createPublicKey(privateKey) };
  } catch (error) {
    const files = `${CA_FILE} and ${CA_KEY_FILE} in ${stateDir}`;
    throw new SandboxError(
      `The certificate authority cannot be read (${messageOf(error)}); remove ${files} for a new one.`,
      {
        cause: error,
      },
    );
  }
}

async function makeAuthority(stateDir: string): Promise<Authority> {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // Two authorities of one name, an old one and its successor, would make clients try the wrong one.
  const name = `Ferry sandbox ${new Date().toISOString()}`;
  const own: Authority = { name, publicKey, privateKey };
  const extensions = authorityExtensions(HOSTS);
  const cert = certificatePem({ subject: name, publicKey, issuer: own, days: AUTHORITY_DAYS, extensions });
  // The key first: a certificate without its key is as good as none, and the next start makes both anew.
  await writeDurably(join(stateDir, CA_KEY_FILE), pemOf(privateKey), 0o600);
  await writeDurably(join(stateDir, CA_FILE), cert, 0o644);
  return own;
}

function pemOf(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

async function readOptional(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return null;
    throw new SandboxError(`The certificate authority cannot be read: ${messageOf(error)}`, { cause: error });
  }
}
