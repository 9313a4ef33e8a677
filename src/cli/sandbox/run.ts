import { join } from 'node:path';
import { lazy } from '../shared/lazy';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { sandboxSettings, type SandboxFlags } from '../shared/flags/sandbox-flags';
import { upStateDir } from '../shared/settings';
import { runProgram } from './program';

export interface SandboxCommandOptions extends SandboxFlags {
  readonly port?: number;
}

const DEFAULT_PORT = 8480;

/** A sandbox of its own, until Ctrl-C or SIGTERM. */
export async function runSandbox(
  { io, output, flags }: CommandEnvironment,
  options: SandboxCommandOptions,
): Promise<ExitCode> {
  const { SANDBOX_PROGRAM, sandboxArguments, sandboxEnvironment } = lazy.supervisor();
  const own = upStateDir(io, flags);
  const stateDir = (flags.state ?? '') === '' ? join(own, 'sandbox') : own;
  await runProgram({
    program: SANDBOX_PROGRAM,
    args: sandboxArguments(options.port ?? DEFAULT_PORT, stateDir, sandboxSettings(options, io.cwd)),
    cwd: io.cwd,
    env: sandboxEnvironment(io.env),
    onLog: (line) => output.note(line),
    onReady({ url, caFile, pid }) {
      output.document({ type: 'ready', v: 1, ready: true, sandboxUrl: url, stateDir, pid });
      output.answer(
        `Sandbox at ${url} (account 12345678, administrator ops / sandbox), kept in ${stateDir}. Ctrl-C ends it.`,
      );
      if (caFile !== null) output.answer(`Its certificate authority, to be trusted by clients: ${caFile}`);
    },
  });
  return EXIT.done;
}
