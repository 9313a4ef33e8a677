import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { tlsFinding } from '../../../src/cli/doctor/temporal-tls';

// As Temporal's frontend on a cluster; the certificate is for 127.0.0.1.
const read = (name: string): Buffer => readFileSync(join(__dirname, '../../liveperson/support/tls', name));
const ca = read('ca.pem');
const until = Date.parse(new X509Certificate(read('server.pem')).validTo);
const day = new Date(until).toISOString().slice(0, 10);
const DAY_MS = 86_400_000;

let server: Server;
let address: string;
beforeAll(async () => {
  server = createServer({ key: read('server.key'), cert: read('server.pem'), ALPNProtocols: ['h2'] });
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test('The doctor says the version of TLS, who answers, and until when the certificate is valid.', async () => {
  const finding = await tlsFinding(address, { serverRootCACertificate: ca }, Date.now());
  expect(finding).toMatchObject({ check: 'Temporal TLS', result: 'ok' });
  expect(finding.message).toMatch(new RegExp(`^TLSv1\\.3 with .+, whose certificate is valid until ${day}$`));
});

test('A certificate that ends soon is a warning with the days that are left.', async () => {
  const finding = await tlsFinding(address, { serverRootCACertificate: ca }, until - 3 * DAY_MS);
  expect(finding).toMatchObject({ result: 'warn', message: expect.stringContaining('3 days left') });
});

test('A peer that is not trusted is an error and not a finding that all is well.', async () => {
  await expect(tlsFinding(address, true, Date.now())).rejects.toThrow(/certificate/);
});

test.each([
  ['127.0.0.1:7233', 'ok'],
  ['temporal.example:7233', 'warn'],
])('Without TLS to %s the finding is %s.', async (where, result) => {
  await expect(tlsFinding(where, undefined, Date.now())).resolves.toMatchObject({ result });
});
