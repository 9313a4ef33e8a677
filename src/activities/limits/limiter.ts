import { LIMIT_KINDS, type PerKind } from '../../contract';
import type { Gate } from '../../lib/gate';
import type { LimiterReading } from '../../metrics';
import { LimitedAccount, type LimiterDeps } from './limited-account';

/** The limits of all accounts in this worker process. */
export class Limiter {
  private readonly deps: LimiterDeps;
  private readonly accounts = new Map<string, LimitedAccount>();

  constructor(deps: LimiterDeps) {
    this.deps = deps;
  }

  gatesOf(account: string): PerKind<Gate> {
    return this.of(account).limits.gates;
  }

  /** This worker's share of each account's capacity, for the metrics. */
  readings(): readonly LimiterReading[] {
    return Array.from(this.accounts).flatMap(([account, { limits }]) =>
      LIMIT_KINDS.map((limit) => {
        const share = limits.share(limit);
        const isBounded = limits.standing !== 'open' && Number.isFinite(share);
        return { account, limit, held: limits.inFlight[limit], cap: isBounded ? share : null };
      }),
    );
  }

  of(account: string): LimitedAccount {
    const known = this.accounts.get(account);
    if (known !== undefined) return known;
    const made = new LimitedAccount(account, this.deps);
    this.accounts.set(account, made);
    return made;
  }
}
