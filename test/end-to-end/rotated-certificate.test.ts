/** The certificate and the API key for Temporal are replaced while a worker uploads and a command follows it. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeCertificates, SERVER_NAME, type Certificates } from '../cluster/certificates';
import { waitFor } from '../support/wait-for';
import { laterAttempts } from './later-attempts';
import { openSite, type Site } from './site';
import { openTlsFront, type Shown, type TlsFront } from './tls-front';
import { hold, messagesOf, pictures } from './under-way';

let site: Site;
let front: TlsFront;
let certificates: Certificates;
let plainAddress: string;

beforeAll(async () => {
  site = await openSite();
  certificates = makeCertificates(join(site.directory, 'tls'), ['127.0.0.1']);
  plainAddress = site.env['TEMPORAL_ADDRESS']!;
  front = await openTlsFront(Number(plainAddress.split(':')[1]), certificates);
  Object.assign(site.env, {
    TEMPORAL_ADDRESS: front.address,
    TEMPORAL_CONFIG_FILE: join(site.directory, 'temporal.toml'),
    TEMPORAL_TLS: 'true',
    TEMPORAL_TLS_SERVER_NAME: SERVER_NAME,
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: certificates.ca,
    TEMPORAL_TLS_CLIENT_CERT_PATH: certificates.client.cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: certificates.client.key,
  });
}, 60_000);
afterAll(async () => {
  front.close();
  await site.close();
});

/** Puts an API key into Temporal's profile, and tells what a client shows from now on. */
function useApiKey(apiKey: string): Shown {
  writeFileSync(site.env['TEMPORAL_CONFIG_FILE']!, `[profile.default]\napi_key = "${apiKey}"\n`);
  return { serial: new X509Certificate(readFileSync(certificates.client.cert)).serialNumber, apiKey };
}

const logSays = (words: string): Promise<true> =>
  waitFor(async () => ((await site.logOf('worker')).includes(words) ? true : undefined), 30_000);

test('A certificate and an API key are rotated in mid-upload, the old ones are cut off, and no attempt fails.', async () => {
  const first = useApiKey('first');
  front.accept(first);
  const worker = site.worker('worker', 'a');
  await worker.start();
  const [held = '', after = ''] = await pictures(site, 'plan', [200_000, 1000]);
  const uploads = await hold(site, 30_000, 1);
  const sending = site.ferry('send', held, '--json', '--timeout', '120s');
  await uploads.underWay(1);

  const certificate = readFileSync(certificates.client.cert);
  writeFileSync(certificates.client.cert, certificate.subarray(0, 200));
  await logSays('The changed settings for Temporal cannot be used');

  certificates.renewClient();
  const renewed = useApiKey('second');
  front.accept(first, renewed);
  await logSays('a new connection is in use');
  const isRenewed = ({ serial, apiKey }: Shown): boolean => serial === renewed.serial && apiKey === renewed.apiKey;
  // The worker and the command that follows.
  await waitFor(() => (front.open().filter(isRenewed).length >= 2 ? true : undefined), 30_000);
  front.accept(renewed);

  const sent = await sending;
  const later = await site.ferry('send', after, '--json', '--timeout', '60s');
  expect([sent.code, later.code, sent.stderr]).toEqual([0, 0, expect.not.stringContaining('Temporal')]);
  const receipts = [sent.documents[0]!, later.documents[0]!];
  expect(await messagesOf(site, receipts)).toEqual([1, 1]);
  Object.assign(site.env, { TEMPORAL_ADDRESS: plainAddress, TEMPORAL_TLS: 'false' });
  expect(await site.withClient((client) => laterAttempts(client, receipts))).toEqual([]);
}, 180_000);
