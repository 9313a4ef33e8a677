import { randomBytes } from 'node:crypto';
import type { AccountConfig } from '../../../config/types';
import type { JobAccount, PreparedJob, PrepareJobOptions } from '../../../jobs/types';
import { defined } from '../../../lib/defined';
import type { CommandEnvironment } from '../../shared/command';
import { lazy } from '../../shared/lazy';
import { accountOf, type Settings } from '../../shared/settings';
import type { JobStartOptions } from './types';

/** Reads and checks the manifest or directory on this machine. Throws the errors of `prepareJob`. */
export function prepareFrom(
  { io }: CommandEnvironment,
  settings: Settings,
  origin: string,
  options: JobStartOptions,
): Promise<PreparedJob> {
  const account = accountOf(settings, options.account);
  return lazy.jobs().prepareJob({
    origin,
    cwd: io.cwd,
    host: settings.hostId,
    account: account.name,
    accountOf: (name) => jobAccount(accountOf(settings, name)),
    ...lineOptions(settings, options),
    signal: io.interrupted,
    ...defined({ again: options.again === true ? randomBytes(3).toString('hex') : undefined }),
  });
}

/** The options of the lines and of the job, from the flags. */
export function lineOptions(settings: Settings, options: JobStartOptions): Partial<PrepareJobOptions> {
  return {
    // An `up` always seals payloads.
    sealed: settings.target.kind === 'embedded' || settings.config.payloads === 'sealed',
    ...defined({
      hosts: options.hosts,
      name: options.name,
      consumer: options.consumer,
      conversationId: options.conversation,
      caption: options.caption,
      fetchTo: options.fetchTo,
      globs: options.glob,
      recursive: options.recursive,
      order: options.order,
      lanes: options.lanes,
      ordered: options.ordered,
      verify: options.verify,
      deadlineMs: options.deadline,
    }),
  };
}

function jobAccount(account: AccountConfig): JobAccount {
  const { name, consumer, files, directories } = account;
  return {
    name,
    consumer: consumer.name,
    files,
    sources: directories?.sources ?? null,
    targets: directories?.targets ?? null,
    checkConsumer: (asked) => lazy.config().checkConsumerOf(account, asked),
  };
}
