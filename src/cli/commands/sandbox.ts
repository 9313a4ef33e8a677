import { join } from 'node:path';
import { FerryError } from '../../errors';
import { defined } from '../../lib/defined';
import type { CommandEnvironment } from '../command';
import { EXIT, type ExitCode } from '../exit-codes';
import { usageError } from '../output';
import { rooms } from '../rooms';
import { upStateDir } from '../settings';

export interface SandboxCommandOptions {
  readonly port?: number;
  readonly urlLife?: number;
  readonly maxBytes?: number;
  readonly types?: readonly string[];
  readonly swift?: string;
  readonly swiftKeyFile?: string;
  readonly tls?: boolean;
}

const DEFAULT_PORT = 8480;

/** A sandbox of its own, until Ctrl-C or SIGTERM. */
export async function runSandbox(
  { io, output, flags }: CommandEnvironment,
  options: SandboxCommandOptions,
): Promise<ExitCode> {
  const { readSwift } = rooms.sandboxArguments();
  const { runSandboxProcess } = rooms.sandboxProcess();
  const { SandboxError } = rooms.sandboxErrors();
  const { urlLife, maxBytes, types, swift, swiftKeyFile, tls } = options;
  const own = upStateDir(io, flags);
  const stateDir = (flags.state ?? '') === '' ? join(own, 'sandbox') : own;
  try {
    const swiftSettings = readSwift(swift, swiftKeyFile, io.env);
    await runSandboxProcess({
      port: options.port ?? DEFAULT_PORT,
      stateDir,
      ...defined({ urlLifeSeconds: urlLife, maxBytes, types }),
      ...(swiftSettings === null ? {} : { swift: swiftSettings }),
      ...(tls === true ? { tls } : {}),
      log: (line) => output.note(line),
      onReady({ url, caFile }) {
        output.document({ type: 'ready', v: 1, ready: true, sandboxUrl: url, stateDir, pid: process.pid });
        output.answer(
          `Sandbox at ${url} (account 12345678, administrator ops / sandbox), kept in ${stateDir}. Ctrl-C ends it.`,
        );
        if (caFile !== null) output.answer(`Its certificate authority, to be trusted by clients: ${caFile}`);
      },
    });
    return EXIT.done;
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error;
    if (error.taken === null) throw usageError(error.message);
    throw new FerryError(error.taken === 'port' ? 'PORT_BUSY' : 'ALREADY_UP', error.message);
  }
}
