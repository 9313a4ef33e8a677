import type { PerKind } from '../../contract';
import type { Gate } from '../../lib/gate';
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

  of(account: string): LimitedAccount {
    const known = this.accounts.get(account);
    if (known !== undefined) return known;
    const made = new LimitedAccount(account, this.deps);
    this.accounts.set(account, made);
    return made;
  }
}
