import net from 'node:net';
import { createLivePerson } from '../../src/liveperson';
import { createStorage } from '../../src/storage';
import { CONTAINER, startTempUrlServer, type TempUrlServer } from './support/tempurl-server';

// Node's own 250 ms for each address cannot be shown to fail on loopback, where every answer comes at once: what is checked
// is what Node is asked for.
describe('A host with several addresses', () => {
  let server: TempUrlServer;
  let connect: jest.SpyInstance;

  beforeEach(async () => {
    server = await startTempUrlServer();
    connect = jest.spyOn(net, 'connect');
  });

  afterEach(async () => {
    connect.mockRestore();
    await server.close();
  });

  const leastMsForEachAddress = (): number => {
    const calls = connect.mock.calls as [{ autoSelectFamilyAttemptTimeout?: number }][];
    return calls.length === 0 ? 0 : Math.min(...calls.map(([options]) => options.autoSelectFamilyAttemptTimeout ?? 0));
  };

  test('is given seconds for each address by storage', async () => {
    const storage = createStorage();
    await storage.head(server.sign('PUT', `${CONTAINER}/object.PNG`));
    await storage.close();
    expect(leastMsForEachAddress()).toBeGreaterThanOrEqual(2000);
  });

  test('is given seconds for each address by the requests to LivePerson', async () => {
    const liveperson = createLivePerson();
    const address = { accountId: '1', domain: new URL(server.origin).host, plaintext: true, trustedHosts: [] };
    await liveperson.serviceUrl(address, 'swift', new AbortController().signal).catch(() => undefined);
    await liveperson.close();
    expect(leastMsForEachAddress()).toBeGreaterThanOrEqual(2000);
  });
});
