import type { LookupAddress } from 'node:dns';
import { guardedLookup, isPublic } from '../../src/notify/reachable';
import type { Destination } from '../../src/notify';

test.each([
  '0.0.0.0',
  '10.255.0.1',
  '100.64.0.1',
  '127.9.9.9',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.0.1',
  '198.18.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::a00:1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'ff02::1',
  '2002:a00:1::',
  'not an address',
])('%s is not an address of the public internet.', (address) => {
  expect(isPublic(address)).toBe(false);
});

test.each(['1.1.1.1', '172.32.0.1', '192.169.0.1', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is one.', (address) => {
  expect(isPublic(address)).toBe(true);
});

const destination: Destination = { name: 'ops', url: '', format: 'slack', secret: null, privateHosts: ['inside'] };

/** Looks the name up with these answers of the resolver. */
async function look(host: string, found: readonly string[]): Promise<unknown> {
  const resolve = ((_host: string, _options: object, done: (error: null, all: LookupAddress[]) => void) =>
    done(
      null,
      found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    )) as never;
  return await new Promise((settle) => {
    guardedLookup(destination, resolve)(host, { all: true }, (error, all) => settle(error ?? all));
  });
}

test('A name is refused when any of its addresses is private, also beside public ones.', async () => {
  const refused = { code: 'NOTICE_NOT_ALLOWED' };
  await expect(look('hooks.example.com', ['10.0.0.1'])).resolves.toMatchObject(refused);
  await expect(look('hooks.example.com', ['1.1.1.1', 'fe80::1'])).resolves.toMatchObject(refused);
  await expect(look('hooks.example.com', ['1.1.1.1'])).resolves.toEqual([{ address: '1.1.1.1', family: 4 }]);
  await expect(look('inside', ['10.0.0.1'])).resolves.toEqual([{ address: '10.0.0.1', family: 4 }]);
});
