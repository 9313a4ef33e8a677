/** LivePerson as this account sees it. Reads only: opens no conversation, writes no property, sends nothing. */
import type { AccountConfig } from '../../config/types';
import { toFerryError } from '../../errors';
import { CONNECT_OPTIONS } from '../../lib/connecting';
import { defined } from '../../lib/defined';
import type { Env } from '../../lib/env';
import { timeLimit } from '../../lib/time-limit';
import type { AccountAddress, LivePerson } from '../../liveperson/types';
import { lazy } from '../shared/lazy';
import { count } from '../shared/output/text';
import type { Check, Finding } from './finding';
import { checkLoginKey } from './login-key';

const WITHIN_MS = 10_000;
/** Links are checked to the second and live for a minute. A larger difference costs a noticeable part of that. */
const SKEW_WARNING_MS = 5000;

const SANDBOX_AWAY = 'Start the sandbox: ferry up. Transfers wait for it and go on by themselves.';
const LIVEPERSON_AWAY =
  "Check this machine's network and the account's domain. Transfers wait for it and go on by themselves.";

const OF_THE_LOGIN = {
  CONFIG_INVALID: 'login',
  NOT_CONFIGURED: 'login',
  CREDENTIALS_REFUSED: 'login',
  PRIVILEGE_MISSING: 'login',
  ACCOUNT_BLOCKED: 'login',
} as const;

interface Subject {
  readonly account: AccountConfig;
  readonly consumer: string;
  readonly address: AccountAddress;
  readonly liveperson: LivePerson;
  readonly env: Env;
}

export function livePersonChecks(
  account: AccountConfig,
  consumer: string,
  env: Env,
): { readonly checks: Check[]; readonly close: () => Promise<void> } {
  const liveperson = lazy.liveperson().createLivePerson();
  const close = (): Promise<void> => liveperson.close();
  let address: AccountAddress;
  try {
    address = lazy.config().addressOf(account);
  } catch (error) {
    // Without the certificate authority no server can be trusted, so no server is asked.
    return { checks: [{ name: 'authority', look: () => Promise.reject(toFerryError(error)) }], close };
  }
  const subject = { account, consumer, address, liveperson, env };
  const whenAway = account.practice ? SANDBOX_AWAY : LIVEPERSON_AWAY;
  return {
    checks: [
      { name: 'discovery', look: () => checkDiscovery(subject), whenAway },
      { name: 'login key', look: async () => checkLoginKey(account, env) },
      { name: 'file sharing', look: () => checkProperty(subject), whenAway, belongs: OF_THE_LOGIN },
      { name: 'socket', look: () => checkSocket(subject), whenAway },
      { name: 'clock', look: () => checkClock(subject), whenAway },
    ],
    close,
  };
}

async function checkDiscovery({ liveperson, address, account }: Subject): Promise<Finding[]> {
  const host = await liveperson.serviceUrl(address, 'asyncMessagingEnt', timeLimit(WITHIN_MS));
  return [{ check: 'discovery', result: 'ok', message: `${account.domain} knows the account; messaging at ${host}` }];
}

async function checkProperty({ liveperson, address, account, env }: Subject): Promise<Finding[]> {
  const check = 'file sharing';
  if (account.login === null) {
    const message = 'not looked at: the account has no login';
    return [
      { check, result: 'warn', message, remedy: 'Add login to the account, or make sure yourself that it is on.' },
    ];
  }
  const credentials = lazy.config().adminCredentials(account, env);
  const { FILE_SHARING } = lazy.liveperson();
  const signal = timeLimit(WITHIN_MS);
  const property = await liveperson.readProperty(address, credentials, FILE_SHARING, signal);
  const login: Finding = {
    check: 'login',
    result: 'ok',
    message: `${account.login.username} may read site properties`,
  };
  if (property?.isOn === true) return [login, { check, result: 'ok', message: `${FILE_SHARING} is on` }];
  if (account.enableFileSharing) {
    const message = `${FILE_SHARING} is off; the first transfer switches it on for the whole site (not tried here)`;
    return [login, { check, result: 'warn', message }];
  }
  const message = `${FILE_SHARING} is off, and Ferry may not switch it on`;
  const remedy = 'Switch it on, or set enableFileSharing = true for the account; this changes it for the whole site.';
  return [login, { check, result: 'no', message, remedy }];
}

/** Gets a new token and reads its conversations. Agents see nothing of it. */
async function checkSocket({ liveperson, address, account, consumer, env }: Subject): Promise<Finding[]> {
  const signal = timeLimit(WITHIN_MS);
  const credentials = await lazy.config().consumerCredentials(account, consumer, env);
  const token = await liveperson.consumerToken(address, credentials, signal);
  const session = liveperson.session(address, token);
  const conversations = await session.conversations({ signal });
  session.close();
  const open = conversations.filter(({ state }) => state === 'OPEN').length;
  const whose = account.consumer.mode === 'authenticated' ? `; ${count(open, 'open conversation')}` : '';
  return [{ check: 'socket', result: 'ok', message: `a consumer (${account.consumer.mode}) can speak${whose}` }];
}

async function checkClock({ liveperson, address }: Subject): Promise<Finding[]> {
  const check = 'clock';
  const origin = await liveperson.serviceUrl(address, 'swift', timeLimit(WITHIN_MS));
  const skewMs = await skewOf(origin, address.ca);
  if (skewMs === null) return [{ check, result: 'warn', message: `${origin} says no time` }];
  const size = `${(Math.abs(skewMs) / 1000).toFixed(0)} s`;
  if (Math.abs(skewMs) <= SKEW_WARNING_MS)
    return [{ check, result: 'ok', message: `storage at ${origin} agrees with ours` }];
  const message = `ours is ${size} ${skewMs > 0 ? 'behind' : 'ahead of'} that of storage at ${origin}`;
  return [
    {
      check,
      result: 'warn',
      message,
      remedy: 'Let the machine keep its time by NTP; Ferry works by the clock of storage.',
    },
  ];
}

async function skewOf(origin: string, ca: string | undefined): Promise<number | null> {
  const { Agent, request } = lazy.undici();
  const dispatcher = new Agent({ connect: { ...CONNECT_OPTIONS, ...defined({ ca }) } });
  try {
    const { headers, body } = await request(origin, { dispatcher, signal: timeLimit(WITHIN_MS) });
    const arrivedMs = Date.now();
    await body.dump();
    const { date } = headers;
    if (typeof date !== 'string') return null;
    // Date has whole seconds: the middle of the second is the best estimate.
    return Date.parse(date) + 500 - arrivedMs;
  } finally {
    await dispatcher.close();
  }
}
