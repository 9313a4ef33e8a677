import { checkConsumerOf } from '../../config';
import type { JobAccount, RunDeps } from '../../jobs';
import { directoriesOf } from '../inspect';
import type { ActivityDeps } from '../deps';
import type { Attempt } from '../edge';

export function runDeps(deps: ActivityDeps, { signal }: Attempt<never>): RunDeps {
  return {
    accountOf: (name) => jobAccount(deps, name),
    sentUnder: (sendKey) => deps.ledger.sentUnder(sendKey),
    signal,
  };
}

/** ACCOUNT_UNKNOWN */
function jobAccount(deps: ActivityDeps, name: string): JobAccount {
  const { config } = deps.account(name);
  return {
    name,
    consumer: config.consumer.name,
    files: config.files,
    sources: directoriesOf(deps, config.directories?.sources),
    targets: directoriesOf(deps, config.directories?.targets),
    checkConsumer: (consumer) => checkConsumerOf(config, consumer),
  };
}
