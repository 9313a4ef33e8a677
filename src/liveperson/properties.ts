import { FerryError } from '../errors';
import { SharedCalls } from '../lib/shared-call';
import type { Discovery } from './discovery';
import { isSuccess, oddAnswer, refusedForGood, saidBy, type Http, type HttpAnswer } from './http';
import { accountUrl, type AdminSession, type Login } from './login';
import type { ResolvedOptions } from './options';
import { propertyAnswer } from './schemas';
import { addressKey } from './trust';
import type { AccountAddress, AdminCredentials, SiteProperties, SiteProperty } from './types';

/** LivePerson's name of the property, which applies to the whole site. */
export const FILE_SHARING = 'messaging.file.sharing.enabled';

interface Target {
  readonly account: AccountAddress;
  readonly credentials: AdminCredentials;
  readonly id: string;
}

export function createProperties(
  http: Http,
  discovery: Discovery,
  login: Login,
  options: ResolvedOptions,
): SiteProperties {
  const ensuring = new SharedCalls<{ readonly wasOn: boolean }>();

  async function send(target: Target, session: AdminSession, write: PropertyWrite | null, signal?: AbortSignal) {
    const { account, id } = target;
    const origin = await discovery.serviceUrl(account, 'accountConfigReadWrite', signal);
    return http.call({
      method: write === null ? 'GET' : 'PUT',
      url: `${accountUrl(origin, account)}/configuration/setting/properties/${encodeURIComponent(id)}?v=3.0`,
      headers: {
        authorization: `Bearer ${session.bearer}`,
        ...(write === null ? {} : { 'if-match': write.revision ?? '-1' }),
      },
      // The shape of LivePerson's published script, with `deleted` as a string.
      ...(write === null ? {} : { json: { id, type: 1, propertyValue: { value: write.value }, deleted: 'false' } }),
      ca: account.ca,
      gate: account.gate,
      what: subject(target),
      signal,
    });
  }

  /** A session may have expired since its last use: logs in again, once. */
  async function sendLoggedIn(target: Target, write: PropertyWrite | null, signal?: AbortSignal): Promise<HttpAnswer> {
    for (let fresh = false; ; fresh = true) {
      const session = await login.session(target.account, target.credentials, signal);
      const answer = await send(target, session, write, signal);
      if (answer.status !== 401) return answer;
      login.forget(target.account, target.credentials, session);
      if (fresh) {
        throw new FerryError('TOKEN_EXPIRED', `${subject(target)} refused a session that was made a moment ago (401).`);
      }
    }
  }

  async function read(target: Target, signal?: AbortSignal): Promise<SiteProperty | null> {
    const answer = await sendLoggedIn(target, null, signal);
    if (answer.status === 404) return null;
    throwRefusal(target, answer, 'read');
    const parsed = propertyAnswer.safeParse(answer.body);
    if (!parsed.success || parsed.data.propertyValue === undefined) {
      throw oddAnswer(subject(target), 'a value');
    }
    if (isTrue(parsed.data.deleted)) return null;
    const { value } = parsed.data.propertyValue;
    return {
      id: target.id,
      value,
      isOn: isTrue(value),
      modifiedAgoMs: ageOf(parsed.data.modifiedDate, answer.header('date')),
      revision: answer.header('etag'),
    };
  }

  async function ensure(target: Target, mayWrite: boolean): Promise<{ readonly wasOn: boolean }> {
    for (let tries = 1; ; tries++) {
      const seen = await read(target);
      if (seen?.isOn === true) return { wasOn: tries === 1 };
      if (!mayWrite) {
        throw new FerryError(
          'FILE_SHARING_OFF',
          `File sharing is off for the account ${target.account.accountId} (${FILE_SHARING}), and Ferry may not switch it on.`,
        );
      }
      const value = typeof seen?.value === 'boolean' ? true : 'true';
      const answer = await sendLoggedIn(target, { value, revision: seen?.revision ?? null });
      if (answer.status === 412) {
        // Somebody wrote between our read and our write: read again before writing.
        if (tries < 3) continue;
        throw new FerryError('PROTOCOL_ERROR', `${subject(target)} changes faster than it can be switched on (412).`);
      }
      throwRefusal(target, answer, 'write');
      options.log('info', 'Switched file sharing on for the whole site.', { accountId: target.account.accountId });
      return { wasOn: false };
    }
  }

  return {
    async readProperty(account, credentials, id, signal) {
      signal?.throwIfAborted();
      return read({ account, credentials, id }, signal);
    },
    async ensureFileSharing(account, credentials, mayWrite, signal) {
      signal?.throwIfAborted();
      const target = { account, credentials, id: FILE_SHARING };
      const key = JSON.stringify([addressKey(account), credentials.username, mayWrite]);
      return ensuring.run(key, () => ensure(target, mayWrite), signal);
    },
  };
}

interface PropertyWrite {
  readonly value: boolean | string;
  /** The ETag of the last read; null: there was none. */
  readonly revision: string | null;
}

function subject(target: Target): string {
  return `The site property ${target.id} of account ${target.account.accountId}`;
}

function throwRefusal(target: Target, answer: HttpAnswer, verb: 'read' | 'write'): void {
  if (isSuccess(answer)) return;
  if (answer.status === 403) {
    throw new FerryError(
      'PRIVILEGE_MISSING',
      `The user ${target.credentials.username} may not ${verb} the site property ${target.id} of account ` +
        `${target.account.accountId} (403): the privilege to manage account settings is missing.${saidBy(answer)}`,
      { details: { status: answer.status, property: target.id, verb } },
    );
  }
  throw refusedForGood(subject(target), answer);
}

/** @param date of the answer, by the service's clock; null: our clock is used */
function ageOf(modified: string | number | undefined, date: string | null): number | null {
  const at = typeof modified === 'string' ? Date.parse(withZone(modified)) : (modified ?? Number.NaN);
  const now = Date.parse(date ?? '');
  const age = (Number.isNaN(now) ? Date.now() : now) - at;
  return Number.isNaN(age) ? null : Math.max(0, age);
}

/** A time without a zone is UTC, as services write it. */
function withZone(time: string): string {
  return /[Zz]$|[+-]\d\d:?\d\d$/.test(time) ? time : `${time}Z`;
}

/** The value comes as a boolean or as a string. */
function isTrue(value: unknown): boolean {
  return value === true || (typeof value === 'string' && value.trim().toLowerCase() === 'true');
}
