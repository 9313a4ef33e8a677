import { Webhook } from 'standardwebhooks';
import type { NoticeGroup } from '../../src/contract';
import { deliver, type Destination } from '../../src/notify';
import { openReceiver, type Receiver } from './receiver';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

let receiver: Receiver;
beforeEach(async () => {
  receiver = await openReceiver();
});
afterEach(() => receiver.close());

const group: NoticeGroup = {
  account: 'acme',
  reason: 'parked',
  count: 14_999,
  codes: { DISK_FULL: 14_998, SOURCE_MISSING: 1 },
  ids: ['acme-a-1', 'acme-b-2'],
  text: null,
  since: '2026-03-01T10:00:00.000Z',
  until: '2026-03-01T10:05:00.000Z',
};

function destination(changes: Partial<Destination> = {}): Destination {
  const own = { name: 'ops', format: 'standard', secret: SECRET, privateHosts: ['127.0.0.1'] } as const;
  return { ...own, url: receiver.url, ...changes };
}

test('A message is a Standard Webhook: the library of the standard accepts its signature and refuses another body.', async () => {
  await expect(deliver(destination(), { id: 'msg_1', group })).resolves.toEqual({ outcome: 'delivered', status: 204 });
  const [{ headers, body }] = receiver.got as [Receiver['got'][number]];
  expect(headers['webhook-id']).toBe('msg_1');
  const said = new Webhook(SECRET).verify(body, headers as Record<string, string>);
  expect(said).toMatchObject({
    type: 'ferry.parked',
    timestamp: group.until,
    data: { v: 1, account: 'acme', reason: 'parked', count: 14_999, codes: group.codes, ids: group.ids },
  });
  expect(() => new Webhook(SECRET).verify(`${body} `, headers as Record<string, string>)).toThrow(
    'No matching signature found',
  );
});

test('Slack and Teams get a body of their own form, and names cannot become links or mentions in Slack.', async () => {
  const hostile = { ...group, ids: ['<!channel>', 'a&b'] };
  await deliver(destination({ format: 'slack', secret: null }), { id: 'm', group: hostile });
  await deliver(destination({ format: 'teams', secret: null }), { id: 'm', group });
  const [slack, teams] = receiver.got.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  expect(slack?.['text']).toBe('14,999 transfers of acme are parked: only a person can go on with them.');
  expect(JSON.stringify(slack)).not.toContain('<!channel>');
  expect(JSON.stringify(slack)).toContain('&lt;!channel&gt;, a&amp;b and 14,997 more');
  expect(teams).toMatchObject({
    type: 'message',
    attachments: [
      { contentType: 'application/vnd.microsoft.card.adaptive', content: { type: 'AdaptiveCard', version: '1.4' } },
    ],
  });
  expect(receiver.got[0]?.headers['webhook-signature']).toBeUndefined();
});

test('410 means that the receiver wants no more; any other answer but 2xx is to be tried again.', async () => {
  receiver.answer = { status: 410 };
  await expect(deliver(destination(), { id: 'm', group })).resolves.toMatchObject({ outcome: 'gone' });
  for (const status of [301, 400, 404, 500]) {
    receiver.answer = { status, headers: { location: `${receiver.url}-elsewhere` } };
    await expect(deliver(destination(), { id: 'm', group })).rejects.toMatchObject({
      code: 'NOTICE_UNDELIVERED',
      details: { status },
    });
  }
  receiver.answer = { status: 503, headers: { 'retry-after': '120' } };
  await expect(deliver(destination(), { id: 'm', group })).rejects.toMatchObject({ retryAfterMs: 120_000 });
  expect(receiver.got.map(({ path }) => path)).toEqual(Array(6).fill('/hook'));
});

test('A receiver that cannot be reached is named by its host, and never by its URL, which may be a secret.', async () => {
  const { url } = receiver;
  await receiver.close();
  const failure = deliver(destination({ url: `${url}/T0/B0/geheim` }), { id: 'm', group });
  await expect(failure).rejects.toMatchObject({
    code: 'NOTICE_UNDELIVERED',
    message: 'The receiver of notices ops (127.0.0.1) cannot be reached.',
  });
});

test.each([
  ['a private address', { url: 'https://10.0.0.7/hook' }],
  ['loopback', { url: 'https://127.0.0.1/hook' }],
  ['loopback in IPv6', { url: 'https://[::1]/hook' }],
  ['an IPv4 address in IPv6 form', { url: 'https://[::ffff:192.168.1.1]/hook' }],
  ['the metadata service of clouds', { url: 'https://169.254.169.254/latest' }],
  ['an address written as a number', { url: 'https://2130706433/hook' }],
  ['http', { url: 'http://hooks.example.com/x' }],
  ['another scheme', { url: 'file:///etc/passwd' }],
  ['a name that resolves to loopback', { url: 'https://localhost/hook' }],
  ['no URL', { url: 'hooks.example.com' }],
])('Nothing is sent to %s unless its host is named in privateHosts.', async (_what, changes) => {
  const refused = deliver(destination({ ...changes, privateHosts: [] }), { id: 'm', group });
  await expect(refused).rejects.toMatchObject({ code: 'NOTICE_NOT_ALLOWED' });
});

test('A secret that is not one is refused before anything is sent, and is not shown.', async () => {
  for (const secret of ['', 'whsec_short', 'not base64 at all! not base64 at all!']) {
    const refused = deliver(destination({ secret }), { id: 'm', group });
    await expect(refused).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.not.stringMatching(/short|at all!/) as string,
    });
  }
  expect(receiver.got).toEqual([]);
});
