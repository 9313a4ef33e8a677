import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setUp, tearDown, until } from './support/harness';
import { tokenOf } from './support/stub';

afterEach(tearDown);

// Made for these tests alone, valid for a hundred years; the key of the authority was thrown away.
const read = (name: string): string => readFileSync(join(__dirname, 'support', 'tls', name), 'utf8');
const TLS = { key: read('server.key'), cert: read('server.pem'), ca: read('ca.pem') };
const FILE = { sizeBytes: 1, fileType: 'PNG' };
const PUBLISH = { conversationId: 'c', dialogId: 'c', relativePath: '/v1/a/x', fileType: 'PNG', caption: '' };

describe('over TLS', () => {
  it('HTTP and the socket trust the authority of the account', async () => {
    const { stub, liveperson } = await setUp({}, TLS);
    const token = await liveperson.consumerToken(stub.account, { kind: 'signup' });
    const url = await liveperson.session(stub.account, token).requestUploadUrl(FILE);
    expect(url.relativePath).toMatch(/^\/v1\//);
    expect(await liveperson.serviceUrl(stub.account, 'swift')).toBe(`https://${stub.host}`);
  });

  it('neither speaks to a service whose certificate is not trusted, and the reason is said', async () => {
    const { stub, another } = await setUp({}, TLS);
    const { ca: _, ...untrusting } = stub.account;
    const refused = { code: 'MESSAGING_UNAVAILABLE', message: expect.stringContaining('no trusted TLS connection') };
    await expect(another().serviceUrl(untrusting, 'swift')).rejects.toMatchObject(refused);
    expect(stub.requests).toEqual([]);
  });

  it('the socket checks the certificate by itself, and does not rely on discovery having done so', async () => {
    const { stub, liveperson } = await setUp({}, TLS);
    await liveperson.serviceUrl(stub.account, 'idp');
    const elsewhere = await setUp({}, TLS);
    // An authority that discovery's host was never signed by: HTTP comes from one stub, the socket goes to the other.
    stub.onRequest = (request) =>
      request.path.includes('/service/')
        ? {
            status: 200,
            body: {
              baseURIs: {
                service: 'asyncMessagingEnt',
                baseURI: elsewhere.stub.host.replace('127.0.0.1', '127.0.0.2'),
              },
            },
          }
        : undefined;
    const account = { ...stub.account, trustedHosts: ['127.0.0.2'] };
    await expect(liveperson.session(account, tokenOf('sub-1')).requestUploadUrl(FILE)).rejects.toMatchObject({
      code: 'MESSAGING_UNAVAILABLE',
    });
    expect(elsewhere.stub.upgrades).toEqual([]);
  });

  it('a publish that is given up takes its TCP connection down by a reset, too', async () => {
    const { stub, liveperson } = await setUp({ requestTimeoutMs: 80 }, TLS);
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await session.requestUploadUrl(FILE);
    const codes: (string | undefined)[] = [];
    for (const upgrade of stub.upgrades) {
      upgrade.socket.on('error', (error: NodeJS.ErrnoException) => codes.push(error.code));
    }
    stub.onFrame = (frame) => frame.type === 'ms.PublishEvent';
    await expect(session.publishFile(PUBLISH)).rejects.toMatchObject({ code: 'ANSWER_LOST' });
    await until(() => codes.length > 0, 'the reset');
    expect(codes).toEqual(['ECONNRESET']);
  });

  it('a service that is gone is an outage in words', async () => {
    const { stub, liveperson } = await setUp({}, TLS);
    const session = liveperson.session(stub.account, tokenOf('sub-1'));
    await liveperson.serviceUrl(stub.account, 'asyncMessagingEnt');
    await stub.stop();
    await expect(session.requestUploadUrl(FILE)).rejects.toMatchObject({
      code: 'MESSAGING_UNAVAILABLE',
      message: `The messaging service at ${stub.host} cannot be reached: the connection was refused.`,
    });
  });
});
