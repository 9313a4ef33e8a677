import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The name that every server certificate carries: clients check it whatever address they call. */
export const SERVER_NAME = 'temporal.ferry.test';

export interface Certificates {
  readonly ca: string;
  readonly server: KeyPair;
  readonly client: KeyPair;
  /** Replaces the files of the client's certificate and key by new ones of the same CA. */
  renewClient(): void;
}

export interface KeyPair {
  readonly cert: string;
  readonly key: string;
}

/** A CA and the certificates of servers and clients, in files under `directory`. */
export function makeCertificates(directory: string, addresses: readonly string[]): Certificates {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(directory, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const ca = { cert: at('ca.pem'), key: at('ca.key') };
  const subject = ['-subj', '/CN=Ferry test CA'];
  openssl('req', '-x509', ...newKey, ...subject, '-days', '2', '-keyout', ca.key, '-out', ca.cert);

  const issue = (name: string, use: string, alternatives: string): KeyPair => {
    const pair = { cert: at(`${name}.pem`), key: at(`${name}.key`) };
    const request = at(`${name}.csr`);
    const extensions = at(`${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${alternatives}\nextendedKeyUsage=${use}\n`);
    openssl('req', ...newKey, '-subj', `/CN=${name}`, '-keyout', pair.key, '-out', request);
    const signing = ['-CA', ca.cert, '-CAkey', ca.key, '-CAcreateserial', '-days', '2', '-extfile', extensions];
    openssl('x509', '-req', '-in', request, ...signing, '-out', pair.cert);
    return pair;
  };

  const names = [`DNS:${SERVER_NAME}`, 'DNS:localhost', ...addresses.map((address) => `IP:${address}`)].join(',');
  return {
    ca: ca.cert,
    // A server is a client of the other servers.
    server: issue('server', 'serverAuth,clientAuth', names),
    client: issue('client', 'clientAuth', 'DNS:ferry.test'),
    renewClient: () => void issue('client', 'clientAuth', 'DNS:ferry.test'),
  };
}
