import { isAbsolute, resolve } from 'node:path';
import type { SourceInspection } from '../../client/options';
import type { FerryClient } from '../../client/types';
import type { AccountConfig } from '../../config/types';
import { FerryError } from '../../errors';
import { LONGEST_CAPTION } from '../../contract';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, exitOf, worstExit, type ExitCode } from '../shared/exit-codes';
import { gatherFiles } from './file-list';
import { usageError } from '../shared/output/output';
import { tellDryRun } from './dry-run';
import { prepareFiles, type Prepared } from './prepare';
import { sendAll } from './send-all';
import type { SendOptions } from './command';
import type { SendPlan } from './types';
import { accountOf, connectClient, readSettings, type Settings } from '../shared/settings';
import { destination } from '../shared/output/destination';
import { count, safe } from '../shared/output/text';

export async function runSend(
  environment: CommandEnvironment,
  options: SendOptions,
  words: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const startedMs = io.now();
  const settings = await readSettings(io, flags);
  checkOptions(options, words);
  const account = accountOf(settings, options.account);
  output.note(destination(account, options.consumer));
  const sources = await gatherFiles(words, options.filesFrom, io);
  if (sources.length === 0) {
    output.note('The list names no files: nothing to send.');
    return EXIT.done;
  }
  if (options.id !== undefined && sources.length > 1) throw usageError('--id names one transfer: give it one file.');
  const plan = planOf(settings, account, options, startedMs, io.cwd);
  const inspections = new Map<string, SourceInspection>();
  // Connects while the files are inspected; the error of a bad file still comes first (exit 2 before 4).
  const connecting =
    options.dryRun === true ? null : settle(connectClient(settings, io, (file) => inspectionOf(file, inspections)));
  const prepared = await lookAtAll(environment, sources, plan, inspections);
  if (io.interrupted.aborted) {
    void connecting?.then(async ({ client }) => client?.close());
    output.note('Interrupted: nothing was started.');
    return EXIT.interrupted;
  }
  const refusal = tellRefused(environment, prepared, options.skipBad === true);
  if (refusal !== null || connecting === null) {
    void connecting?.then(async ({ client }) => client?.close());
    return refusal ?? tellDryRun(environment, prepared, plan);
  }
  const { client, error } = await connecting;
  if (client === null) throw error;
  try {
    const sent = prepared.good.length === 0 ? EXIT.done : await sendAll(environment, client, prepared.good, plan);
    return worstExit([sent, ...(prepared.bad.length > 0 ? [EXIT.failed] : [])]);
  } finally {
    await client.close();
  }
}

/** Gives the client the inspection that the command has made already. */
async function inspectionOf(
  path: string,
  inspections: ReadonlyMap<string, SourceInspection>,
): Promise<SourceInspection> {
  const inspection = inspections.get(path);
  if (inspection === undefined) throw new FerryError('INTERNAL', `${path} was not looked at.`);
  return inspection;
}

type Settled =
  { readonly client: FerryClient; readonly error: null } | { readonly client: null; readonly error: unknown };

function settle(connecting: Promise<FerryClient>): Promise<Settled> {
  return connecting.then(
    (client) => ({ client, error: null }),
    (error: unknown) => ({ client: null, error }),
  );
}

function checkOptions(options: SendOptions, words: readonly string[]): void {
  if (words.includes('')) throw usageError('The name of a file is empty. Was a variable of a script not set?');
  if (words.length === 0 && options.filesFrom === undefined) throw usageError('Name at least one file to send.');
  const captionLength = Array.from(options.caption ?? '').length;
  if (captionLength > LONGEST_CAPTION) {
    throw new FerryError('CAPTION_TOO_LONG', `The caption has ${captionLength} characters; at most 1,000 are allowed.`);
  }
  if (options.id !== undefined && !/^[A-Za-z0-9][\w.-]{0,199}$/.test(options.id)) {
    throw usageError('--id must begin with a letter or digit and hold only letters, digits, ".", "_" and "-".');
  }
  if (options.id !== undefined && options.again === true) throw usageError('Give --id or --again, not both.');
}

function planOf(
  settings: Settings,
  account: AccountConfig,
  options: SendOptions,
  startedMs: number,
  cwd: string,
): SendPlan {
  const local = options.host === undefined || options.host === settings.hostId;
  const fetchTo = options.fetchTo ?? null;
  if (!local && fetchTo !== null && !isAbsolute(fetchTo)) {
    throw usageError('With --host the directory of --fetch-to must be absolute on that host.');
  }
  return {
    account,
    consumer: options.consumer ?? account.consumer.name,
    host: options.host ?? settings.hostId,
    local,
    fetchTo: fetchTo === null || !local ? fetchTo : resolve(cwd, fetchTo),
    startedMs,
    options,
  };
}

async function lookAtAll(
  environment: CommandEnvironment,
  sources: readonly string[],
  plan: SendPlan,
  inspections: Map<string, SourceInspection>,
): Promise<Prepared> {
  const { io, output } = environment;
  const prepared = await prepareFiles(sources, {
    account: plan.account,
    cwd: io.cwd,
    local: plan.local,
    fetchTo: plan.fetchTo,
    as: plan.options.as,
    signal: io.interrupted,
  });
  for (const { path, inspection, notes } of prepared.good) {
    if (inspection !== null) inspections.set(path, inspection);
    for (const note of notes) output.note(safe(note));
  }
  return prepared;
}

/** Prints all refusals; null when some files can be sent. */
function tellRefused({ output }: CommandEnvironment, { good, bad }: Prepared, skipBad: boolean): ExitCode | null {
  for (const { source, error } of bad) output.error(error, { source });
  if (bad.length === 0) return null;
  if (skipBad) {
    output.note(`${count(bad.length, 'file')} skipped, ${good.length.toLocaleString('en-US')} left to send.`);
    return null;
  }
  const all = count(bad.length + good.length, 'file');
  output.note(`Nothing was sent: ${bad.length.toLocaleString('en-US')} of ${all} refused. --skip-bad sends the rest.`);
  return worstExit([EXIT.usage, ...bad.map(({ error }) => exitOf(error.code)).filter((code) => code === EXIT.fault)]);
}
