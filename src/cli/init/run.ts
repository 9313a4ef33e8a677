import { existsSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { systemCode } from '../../lib/system-code';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { usageError } from '../shared/output/output';
import { lazy } from '../shared/lazy';

/** While a `ferry up` runs, an account of this name speaks to its sandbox, whatever ferry.toml says. */
const PRACTICE_ACCOUNT = 'sandbox';

/** Writes what an account needs into the present directory; overwrites nothing. */
export function runInit(
  { io, output }: CommandEnvironment,
  _options: object,
  words: readonly string[],
): Promise<ExitCode> {
  const name = words[0] ?? '';
  if (!/^[A-Za-z][\w-]{0,39}$/.test(name)) {
    throw usageError('The name of an account must begin with a letter and hold only letters, digits, "_" and "-".');
  }
  if (name === PRACTICE_ACCOUNT) {
    throw usageError('The account sandbox is the practice account of ferry up: a real account needs another name.');
  }
  const { exampleConfig, trustConfig } = lazy.config();
  const { makeKeyLine } = lazy.secrets();
  const config = join(io.cwd, 'ferry.toml');
  const sealKey = join(io.cwd, 'seal.key');
  if (existsSync(config)) throw usageError(`${config} exists already; it is left as it is. Add the account there.`);
  const keptKey = existsSync(sealKey);
  // The configuration comes last. If it exists, everything exists; if not, the same command can be repeated.
  if (!keptKey) writeNew(sealKey, `${makeKeyLine(io.now())}\n`, 0o600);
  const text = exampleConfig(name);
  writeNew(config, text, 0o644);
  trustConfig(config, text, io.env);
  output.document({ type: 'status', v: 1, config, sealKey, keptKey });
  const show = (path: string): string => relative(io.cwd, path);
  output.answer(
    `${output.out.good('Wrote')} ${show(config)}${keptKey ? ` (${show(sealKey)} was there and is kept)` : ` and ${show(sealKey)} (keep it secret; all workers need the same one)`}`,
  );
  output.answer(nextSteps(name));
  return Promise.resolve(EXIT.done);
}

function writeNew(path: string, text: string, mode: number): void {
  try {
    writeFileSync(path, text, { flag: 'wx', mode });
  } catch (error) {
    const why = systemCode(error) ?? 'unknown';
    throw usageError(`${path} cannot be written (${why}). Run ferry init in a directory that you may write to.`);
  }
}

function nextSteps(name: string): string {
  const variable = `${name.toUpperCase().replaceAll('-', '_')}_PASSWORD`;
  return `Next:
  1. Put your account's id (and its administrator's user name, if Ferry may look at the property) into ferry.toml.
  2. ferry trust                   after every change of ferry.toml: it names programs to run and hosts to send to
  3. export ${variable}=...        the password, only if login is configured
  4. ferry up --detach             or point TEMPORAL_ADDRESS to a Temporal of your own and run ferry worker
  5. ferry doctor --account ${name}
  6. ferry send photo.jpg --account ${name}`;
}
