import type { FerryClient, LimitsStatus } from '../../client/types';
import type { AccountLimitValues, ChangeRequest } from '../../contract';
import { isFerryError } from '../../errors';
import { defined } from '../../lib/defined';
import { thisPerson } from '../../lib/this-person';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { usageError } from '../shared/output/output';
import { accountOf, readSettings, withClient } from '../shared/settings';
import { describeLimits, endlessNow } from './describe';

export interface LimitOptions {
  readonly requests?: number;
  readonly transfers?: number;
  readonly requestsPerSecond?: number;
  /** Infinity: no limit. */
  readonly bytesPerSecond?: number;
  /** Milliseconds. */
  readonly for?: number;
  readonly clear?: boolean;
  readonly reason?: string;
}

export async function runLimit(
  environment: CommandEnvironment,
  options: LimitOptions,
  [name = '']: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const settings = await readSettings(io, flags);
  const account = accountOf(settings, name);
  const values = valuesOf(options);
  checkOptions(options, values);
  return withClient(settings, io, async (client) => {
    if (options.clear === true || Object.keys(values).length > 0) {
      const answer = await client.changeLimits(account.name, requestOf(options, values, io.now()));
      const status = answer === null ? await limitsOrSilence(client, account.name) : await client.limits(account.name);
      if (status === SILENCE) tellKept(environment, account.name, account.limits);
      else tell(environment, account.name, status, account.limits, 'now');
    } else {
      tell(environment, account.name, await client.limits(account.name), account.limits);
    }
    return EXIT.done;
  });
}

function valuesOf({
  requests,
  transfers,
  requestsPerSecond,
  bytesPerSecond,
}: LimitOptions): Partial<AccountLimitValues> {
  return defined({
    requests,
    transfers,
    requestsPerSecond,
    // JSON has no Infinity: no limit is null.
    bytesPerSecond: bytesPerSecond === Infinity ? null : bytesPerSecond,
  });
}

function checkOptions(options: LimitOptions, values: Partial<AccountLimitValues>): void {
  const isChange = Object.keys(values).length > 0;
  if (isChange && options.clear === true) throw usageError('Give new limits or --clear, not both.');
  if (options.for !== undefined && !isChange)
    throw usageError('--for belongs to a change, such as --transfers 2 --for 2h.');
  if (options.reason !== undefined && !isChange && options.clear !== true) {
    throw usageError('--reason belongs to a change, such as --transfers 2 --reason "complaint".');
  }
}

/** An earlier change that still holds stays, unless this change overrides it. */
function requestOf(options: LimitOptions, values: Partial<AccountLimitValues>, now: number): ChangeRequest {
  const by = thisPerson();
  const reason = options.reason ?? '';
  if (options.clear === true) return { change: null, by, reason };
  const until = options.for === undefined ? null : now + options.for;
  return { change: { values, until, by, reason }, adds: true, by, reason };
}

const SILENCE = Symbol('no worker answers');

/** A worker that started just now has taken the change by this time. */
async function limitsOrSilence(client: FerryClient, account: string): Promise<LimitsStatus | null | typeof SILENCE> {
  try {
    return await client.limits(account);
  } catch (error) {
    if (isFerryError(error) && error.code === 'NO_ANSWER') return SILENCE;
    throw error;
  }
}

/**
 * `{"type":"limits","v":1,"account","limits",...}`; without a lease and a change `limits` are those of the
 * configuration. After a change it has `"taken":"now"`.
 */
function tell(
  { io, output }: CommandEnvironment,
  account: string,
  status: LimitsStatus | null,
  configured: AccountLimitValues | null,
  taken?: 'now',
): void {
  output.document({
    type: 'limits',
    v: 1,
    account,
    configured,
    ...defined({ taken }),
    ...(status ?? { limits: configured, workers: [], changes: [] }),
  });
  const note = taken === undefined || status === null ? null : endlessNow(status, io.now());
  if (note !== null) output.note(note);
  output.answer(describeLimits(account, status, configured, { nowMs: io.now(), style: output.out }).join('\n'));
}

/** No worker answers, so nobody knows which limits hold. The document has `"taken":"later"`. */
function tellKept({ output }: CommandEnvironment, account: string, configured: AccountLimitValues | null): void {
  output.document({
    type: 'limits',
    v: 1,
    account,
    configured,
    taken: 'later',
    limits: null,
    workers: [],
    changes: [],
  });
  output.answer(`Asked for ${account}. Kept by Temporal: it takes effect as soon as a worker runs.`);
}
