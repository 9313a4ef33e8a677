import { hostname, userInfo } from 'node:os';
import type { FerryClient, LimitsStatus } from '../../client/types';
import type { AccountLimitValues, ChangeRequest } from '../../contract';
import { defined } from '../../lib/defined';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { usageError } from '../shared/output/output';
import { accountOf, readSettings, withClient } from '../shared/settings';
import { describeLimits } from './describe';

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
    const isChange = options.clear === true || Object.keys(values).length > 0;
    if (isChange)
      await client.changeLimits(account.name, await requestOf(client, account.name, options, values, io.now()));
    tell(environment, account.name, await client.limits(account.name), account.limits);
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

/** What was changed before, and still holds, stays unless it is changed again. */
async function requestOf(
  client: FerryClient,
  account: string,
  options: LimitOptions,
  values: Partial<AccountLimitValues>,
  now: number,
): Promise<ChangeRequest> {
  const by = `${userInfo().username}@${hostname()}`;
  const reason = options.reason ?? '';
  if (options.clear === true) return { change: null, by, reason };
  const before = (await client.limits(account))?.change?.values ?? {};
  const until = options.for === undefined ? null : now + options.for;
  return { change: { values: { ...before, ...values }, until, by, reason }, by, reason };
}

/**
 * `{"type":"limits","v":1,"account","limits",...}`; without a lease and a change `limits` are those of the
 * configuration.
 */
function tell(
  { io, output }: CommandEnvironment,
  account: string,
  status: LimitsStatus | null,
  configured: AccountLimitValues | null,
): void {
  output.document({
    type: 'limits',
    v: 1,
    account,
    configured,
    ...(status ?? { limits: configured, workers: [], changes: [] }),
  });
  output.answer(describeLimits(account, status, configured, { nowMs: io.now(), style: output.out }).join('\n'));
}
