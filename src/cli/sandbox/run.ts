import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { FerryError } from '../../errors';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { usageError } from '../shared/output/output';
import type { SandboxFlags } from '../shared/flags/sandbox-flags';
import { upStateDir } from '../shared/settings';

export interface SandboxCommandOptions extends SandboxFlags {
  readonly port?: number;
}

const DEFAULT_PORT = 8480;

/** The sandbox is a program of its own that shares no code with Ferry; this is where the build puts it. */
const PROGRAM = join(__dirname, '../../sandbox/main.js');

/** What the sandbox says over its channel. */
type Said =
  | { readonly type: 'ready'; readonly url: string; readonly port: number; readonly caFile: string | null }
  | { readonly type: 'refused'; readonly taken: 'port' | 'state' | null; readonly message: string };

/** A sandbox of its own, until Ctrl-C or SIGTERM. */
export function runSandbox(environment: CommandEnvironment, options: SandboxCommandOptions): Promise<ExitCode> {
  return runSandboxProgram(PROGRAM, environment, options);
}

export async function runSandboxProgram(
  program: string,
  { io, output, flags }: CommandEnvironment,
  options: SandboxCommandOptions,
): Promise<ExitCode> {
  const own = upStateDir(io, flags);
  const stateDir = (flags.state ?? '') === '' ? join(own, 'sandbox') : own;
  const child = fork(program, argumentsOf(options, stateDir), {
    cwd: io.cwd,
    env: io.env,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
  const forget = passSignalsTo(child);
  let refused: FerryError | null = null;
  let isReady = false;
  child.on('message', (said: Said) => {
    if (said.type === 'refused') refused = refusal(said);
    if (said.type !== 'ready') return;
    isReady = true;
    const { url, caFile } = said;
    output.document({ type: 'ready', v: 1, ready: true, sandboxUrl: url, stateDir, pid: child.pid });
    output.answer(
      `Sandbox at ${url} (account 12345678, administrator ops / sandbox), kept in ${stateDir}. Ctrl-C ends it.`,
    );
    if (caFile !== null) output.answer(`Its certificate authority, to be trusted by clients: ${caFile}`);
  });
  // Before it is ready, its log only repeats what its messages say.
  const log = createInterface({ input: child.stderr! }).on('line', (line) => {
    if (isReady) output.note(line);
  });
  try {
    const [code, signal] = await exited;
    log.close();
    if (refused !== null) throw refused as FerryError;
    if (code === 0) return EXIT.done;
    throw new FerryError('INTERNAL', `The sandbox ended with ${signal ?? `exit ${String(code)}`}.`);
  } finally {
    forget();
  }
}

function argumentsOf(options: SandboxCommandOptions, stateDir: string): string[] {
  const { port = DEFAULT_PORT, urlLife, maxBytes, types, swift, swiftKeyFile, tls } = options;
  const values = {
    port,
    state: stateDir,
    'url-life': urlLife,
    'max-bytes': maxBytes,
    types: types?.join(','),
    swift,
    'swift-key-file': swiftKeyFile,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return [...given.map(([name, value]) => `--${name}=${String(value)}`), ...(tls === true ? ['--tls'] : [])];
}

/** Ctrl-C reaches the sandbox by the terminal as well; a second signal to a sandbox that is ending changes nothing. */
function passSignalsTo(child: ChildProcess): () => void {
  const pass = (signal: NodeJS.Signals): void => void child.kill(signal === 'SIGHUP' ? 'SIGTERM' : signal);
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  for (const signal of signals) process.on(signal, pass);
  return () => {
    for (const signal of signals) process.off(signal, pass);
  };
}

const CODE_OF = { port: 'PORT_BUSY', state: 'ALREADY_UP' } as const;

function refusal({ taken, message }: Extract<Said, { type: 'refused' }>): FerryError {
  return taken === null ? usageError(message) : new FerryError(CODE_OF[taken], message);
}
