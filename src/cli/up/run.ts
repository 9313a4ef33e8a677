import type { UpInfo } from '../../config/types';
import { isFerryError, type FerryError } from '../../errors';
import { defined } from '../../lib/defined';
import type { Env } from '../../lib/env';
import type { UpOptions } from '../../supervisor/types';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { repeatedFlags } from '../shared/output/hints';
import { lazy } from '../shared/lazy';
import { sandboxSettings, type SandboxFlags } from '../shared/flags/sandbox-flags';
import type { Output } from '../shared/output/output';
import { upStateDir } from '../shared/settings';
import { createDownloadLine } from './download-line';

export interface UpCommandOptions extends SandboxFlags {
  readonly temporalPort?: number;
  readonly uiPort?: number;
  readonly sandboxPort?: number;
  readonly metrics?: number;
  readonly worker: boolean;
  readonly sandbox: boolean;
  readonly detach?: boolean;
}

/** Runs until Ctrl-C; with `--detach`, until it is ready. */
export async function runUpCommand(environment: CommandEnvironment, options: UpCommandOptions): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const { defaultCacheDir } = lazy.config();
  const stateDir = upStateDir(io, flags);
  if (options.detach === true) return startDetached(environment, stateDir);
  const download = createDownloadLine(io, output);
  const starting = lazy
    .supervisor()
    .runUp({
      stateDir,
      cacheDir: defaultCacheDir(io.env, stateDir),
      ...upOptions(options, io.cwd),
      env: partEnvironment(environment),
      onNotice: (sentence) => output.note(sentence),
      onProgress: download.progress,
    })
    .finally(download.close);
  const up = await unlessInterrupted(starting, ({ code }) => code === 'CANCELLED');
  if (up === null) return tellInterrupted(output);
  tellReady(environment, up.info, false);
  await up.ended;
  output.note('Stopped. Transfers go on at the next ferry up.');
  return EXIT.done;
}

/** Starts a process with the same command without `--detach`, and waits until it is ready. */
async function startDetached(environment: CommandEnvironment, stateDir: string): Promise<ExitCode> {
  const { io, output } = environment;
  const download = createDownloadLine(io, output);
  const [script = '', ...args] = process.argv.slice(1);
  const starting = lazy
    .supervisor()
    .spawnDetachedUp({
      stateDir,
      script,
      args: args.filter((arg) => arg !== '--detach'),
      env: io.env,
      signal: io.interrupted,
      onNotice: (sentence) => output.note(sentence),
      onProgress: download.progress,
    })
    .finally(download.close);
  const file = await unlessInterrupted(starting, () => io.interrupted.aborted);
  if (file === null) return tellInterrupted(output);
  const { type, v, ready, temporalAddress, namespace, uiUrl, sandboxUrl, pids } = file;
  tellReady(
    environment,
    { type, v, ready, temporalAddress, namespace, uiUrl, sandboxUrl, stateDir: file.stateDir, pids },
    true,
  );
  return EXIT.done;
}

/** Null when a person ended it before it was ready. */
async function unlessInterrupted<T>(starting: Promise<T>, wasEnded: (error: FerryError) => boolean): Promise<T | null> {
  try {
    return await starting;
  } catch (error) {
    if (isFerryError(error) && wasEnded(error)) return null;
    throw error;
  }
}

function tellInterrupted(output: Output): ExitCode {
  output.note('Interrupted before it was ready: nothing is left running.');
  return EXIT.interrupted;
}

/** Passes the configuration that was named for `up` to the worker, which reads it itself. */
function partEnvironment({ io, flags }: CommandEnvironment): Env {
  if (flags.config === undefined) return io.env;
  return { ...io.env, FERRY_CONFIG: lazy.config().pathFrom(io.cwd, flags.config, io.env) };
}

function upOptions(
  options: UpCommandOptions,
  cwd: string,
): Pick<UpOptions, 'ports' | 'worker' | 'sandbox' | 'sandboxSettings' | 'metricsPort'> {
  const { temporalPort, uiPort, sandboxPort } = options;
  return {
    ports: defined({ temporal: temporalPort, ui: uiPort, sandbox: sandboxPort }),
    worker: options.worker,
    sandbox: options.sandbox,
    sandboxSettings: sandboxSettings(options, cwd),
    ...defined({ metricsPort: options.metrics }),
  };
}

function tellReady({ output, flags }: CommandEnvironment, info: UpInfo, detached: boolean): void {
  output.document(info);
  const { out } = output;
  // The printed command can be copied unchanged, and addresses only this `up`.
  const there = flags.state === undefined ? '' : repeatedFlags({ state: info.stateDir });
  output.answer(`${out.dim('Temporal')}  ${info.temporalAddress}, namespace ${info.namespace}   ${info.uiUrl}`);
  if (info.sandboxUrl !== null) output.answer(`${out.dim('sandbox')}   ${info.sandboxUrl}`);
  output.answer(`${out.dim('state')}     ${info.stateDir}`);
  output.answer(
    detached
      ? `${out.good('Ready.')} Next: ferry send FILE${there}   (ferry down${there} stops everything)`
      : `${out.good('Ready.')} In another terminal: ferry send FILE${there}   (Ctrl-C here ends everything in order)`,
  );
}
