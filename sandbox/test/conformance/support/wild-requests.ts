/** HTTP requests that are nearly good, and such that are not. */
import * as fc from 'fast-check';

import { ACCOUNT } from './fuzzed-site';
import type { WildRequest } from './raw-http';

export const PROPERTY = 'messaging.file.sharing.enabled';

const noControl = (text: string): string => text.replaceAll(/\p{Cc}/gu, '?');
export const headerText = fc
  .string({ unit: 'binary', maxLength: 300 })
  .map((text) => Buffer.from(noControl(text)).toString('latin1'));
export const segment = fc.oneof(
  fc.constantFrom(ACCOUNT, '%00', '%ff', '..', '%2e%2e', '', '%', '__proto__', 'constructor', PROPERTY, 'baseURI.json'),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(Buffer.from(text).toString('utf8'))),
);
const BASES = [
  `/api/account/${ACCOUNT}/service/baseURI.json?version=1.0`,
  `/csdr/account/${ACCOUNT}/service/swift/baseURI.lpCsds?version=1.0&cb=x`,
  `/api/account/${ACCOUNT}/login?v=1.3`,
  `/api/account/${ACCOUNT}/refresh?v=1.3`,
  `/api/account/${ACCOUNT}/logout?v=1.3`,
  `/api/account/${ACCOUNT}/configuration/setting/properties?v=3.0`,
  `/api/account/${ACCOUNT}/configuration/setting/properties/${PROPERTY}?v=3.0`,
  `/api/account/${ACCOUNT}/anonymous/authorize`,
  `/api/account/${ACCOUNT}/app/1/authenticate?v=3.0`,
  `/api/account/${ACCOUNT}/authenticate`,
  `/ws_api/account/${ACCOUNT}/messaging/consumer?v=3`,
  `/ws_api/account/${ACCOUNT}/messaging/brand/x?v=2.1`,
  '/_sandbox/',
];

/** A path of the sandbox with one part of it changed, or as it is. */
const target = fc
  .tuple(fc.constantFrom(...BASES), fc.nat({ max: 12 }), fc.option(segment), fc.option(segment))
  .map(([base, at, changed, query]) => {
    const parts = base.split('/');
    if (changed !== null && at > 0 && at < parts.length) parts[at] = changed;
    return `${parts.join('/')}${query === null ? '' : `${base.includes('?') ? '&' : '?'}${query}`}`;
  });

const method = fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'HEAD', 'PATCH', 'OPTIONS', 'COPY', 'PROPFIND');

export const jsonText = fc.oneof(
  fc.jsonValue().map((value) => JSON.stringify(value)),
  fc
    .record(
      {
        username: fc.constantFrom<unknown>('ops', 'viewer', null, {}, ['ops']),
        password: fc.constantFrom<unknown>('wrong', undefined, null, '', {}, ['sandbox'], true),
        appKey: fc.constantFrom<unknown>('sandbox-app-key', null),
        csrf: fc.constantFrom<unknown>('', null, 'c'.repeat(64)),
        id: fc.constantFrom<unknown>(PROPERTY, 5, null),
        type: fc.constantFrom<unknown>(1, 'x'),
        propertyValue: fc.constantFrom<unknown>({ value: 'true' }, { value: true }, true),
        id_token: fc.constantFrom<unknown>('a.b.c', 'x', 5),
        authCode: fc.constantFrom<unknown>('', 5, 'e30.e30.x', {}),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
  fc.constantFrom(`${'['.repeat(30_000)}${']'.repeat(30_000)}`, '{"__proto__":{"isAdmin":true}}', '{', ''),
);
export const body = fc.oneof(
  jsonText.map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
);

/** Rights that exist but do not reach, and such as do not exist. */
export const headers = fc.array(
  fc.oneof(
    fc.tuple(
      fc.constantFrom('Authorization', 'Cookie', 'If-Match', 'Content-Type', 'Range', 'ETag', 'If-None-Match', 'X-Any'),
      headerText,
    ),
    fc.constantFrom('viewer', 'jwt', 'bare').map((who) => ['Authorization', who] as const),
    fc.tuple(fc.constant('Cookie'), fc.constantFrom('Session_id=', 'Session_id=00', `Session_id=${'a'.repeat(32)}`)),
  ),
  { maxLength: 4 },
);

export const wildRequest: fc.Arbitrary<WildRequest> = fc.record({ method, target, headers, body });
