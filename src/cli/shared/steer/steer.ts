/** The common part of pause, resume, retry and cancel: select transfers, ask, act and print the results. */
import type { FerryClient } from '../../../client/types';
import { isErrorCode, isFerryError, toFerryError, type FerryError } from '../../../errors';
import type { Asked, TransferState } from '../../../contract';
import { defined } from '../../../lib/defined';
import { inLanes } from '../../../lib/lanes';
import type { CommandEnvironment, CommandRun } from '../command';
import { EXIT, exitOf, worstExit, type ExitCode } from '../exit-codes';
import { usageError } from '../output/output';
import { readSettings, withClient } from '../settings';
import { canAsk, confirm } from './confirm';

export interface SteerOptions extends Asked {
  readonly account?: string;
  readonly all?: boolean;
  readonly reason?: string;
  readonly yes?: boolean;
}

export interface Steer {
  /** `Retry` in "37 transfers match. Retry? [y/N]". */
  readonly title: string;
  /** A filter selects transfers in these states; ids select transfers in any state. */
  readonly states: readonly TransferState[];
  /** Acts on one transfer and prints the result. */
  act(client: FerryClient, transferId: string): Promise<void>;
}

/** More than anybody wants to select; visibility lists 500 a page. */
const MOST = 100_000;

const LANES = 8;

/** Makes a command that acts on each of the selected transfers. */
export function steering<Options extends SteerOptions>(
  steerOf: (environment: CommandEnvironment, options: Options) => Steer,
): CommandRun<Options> {
  return async (environment, options, words) => {
    const { io, flags } = environment;
    checkWhom(options, words);
    const settings = await readSettings(io, flags);
    const steer = steerOf(environment, options);
    return withClient(settings, io, (client) => steerAny(environment, client, options, words, steer));
  };
}

export function steerAny(
  environment: CommandEnvironment,
  client: FerryClient,
  options: SteerOptions,
  words: readonly string[],
  steer: Steer,
): Promise<ExitCode> {
  if (words.length > 0) return steerNamed(environment, client, words, steer);
  return steerMatching(environment, client, options, steer);
}

export function checkWhom({ account, all, reason }: SteerOptions, words: readonly string[]): void {
  const filtered = account !== undefined || all === true || reason !== undefined;
  if (words.length > 0 && filtered) throw usageError('Name transfers, or give --account, --all or --reason; not both.');
  if (words.length === 0 && !filtered) {
    throw usageError('Say which transfers: an ID, or --account NAME, or --all, each perhaps with --reason CODE.');
  }
  if (reason !== undefined && !isErrorCode(reason.toUpperCase())) {
    throw usageError(`There is no reason ${JSON.stringify(reason)}: ferry explain lists the codes.`);
  }
}

async function steerNamed(
  environment: CommandEnvironment,
  client: FerryClient,
  words: readonly string[],
  steer: Steer,
): Promise<ExitCode> {
  // All ids are looked up before the first action, so that a mistyped id does not leave the command half done.
  const ids: string[] = [];
  for (const word of words) ids.push(await client.resolveId(word));
  return steerAll(environment, client, [...new Set(ids)], steer, (error) => exitOf(error.code));
}

async function steerMatching(
  environment: CommandEnvironment,
  client: FerryClient,
  { account, reason, yes }: SteerOptions,
  steer: Steer,
): Promise<ExitCode> {
  const { io, output } = environment;
  const filter = { states: steer.states, limit: MOST, ...defined({ account }) };
  const found = await client.list(filter);
  const matching = found.filter(({ error }) => reason === undefined || error?.code === reason.toUpperCase());
  if (matching.length === 0) {
    output.note(`No transfer matches: none of these is ${steer.states.join(' or ')}.`);
    return EXIT.done;
  }
  const one = matching.length === 1;
  const match = `${matching.length.toLocaleString('en-US')} transfer${one ? ' matches' : 's match'}.`;
  if (yes !== true) {
    if (!canAsk(io)) throw usageError(`${match} Add --yes to ${steer.title.toLowerCase()} ${one ? 'it' : 'them'}.`);
    if (!(await confirm(io, `${match} ${steer.title}?`))) {
      output.note('Nothing was done.');
      return io.interrupted.aborted ? EXIT.interrupted : EXIT.done;
    }
  }
  const ids = matching.map(({ transferId }) => transferId);
  // A transfer that has changed its state since the search is skipped without an error.
  return steerAll(environment, client, ids, steer, ({ code }) =>
    exitOf(code) === EXIT.usage ? EXIT.failed : exitOf(code),
  );
}

async function steerAll(
  { io, output }: CommandEnvironment,
  client: FerryClient,
  ids: readonly string[],
  steer: Steer,
  exitFor: (error: FerryError) => ExitCode,
): Promise<ExitCode> {
  const codes: ExitCode[] = [];
  const lost = new AbortController();
  const one = async (transferId: string): Promise<void> => {
    try {
      await steer.act(client, transferId);
    } catch (thrown) {
      const error = toFerryError(thrown);
      if (!isFerryError(thrown) || error.code === 'TEMPORAL_UNREACHABLE') lost.abort();
      output.error(error, { transferId });
      codes.push(exitFor(error));
    }
  };
  await inLanes(ids, LANES, one, { signal: AbortSignal.any([io.interrupted, lost.signal]) });
  return io.interrupted.aborted ? EXIT.interrupted : worstExit(codes);
}
