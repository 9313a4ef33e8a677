/** How a sandbox behaves, as `ferry sandbox` and `ferry up` take it from flags. */
import type { Command } from 'commander';
import { countFlag, secondsFlag, typesFlag } from './values';

export interface SandboxFlags {
  readonly urlLife?: number;
  readonly maxBytes?: number;
  readonly types?: readonly string[];
  readonly swift?: string;
  readonly swiftKeyFile?: string;
  readonly tls?: boolean;
}

export function addSandboxFlags(command: Command): Command {
  return command
    .option('--url-life <seconds>', 'life of a signed URL of the sandbox (default: 60)', secondsFlag)
    .option('--max-bytes <bytes>', 'largest file that the sandbox account takes', countFlag)
    .option('--types <list>', 'file types that the sandbox account takes, such as JPG,PNG,PDF', typesFlag)
    .option('--swift <url>', 'sign for a real OpenStack Swift instead of storing objects itself')
    .option('--swift-key-file <file>', 'file with its TempURL key (or FERRY_SWIFT_KEY)')
    .option(
      '--tls',
      'the sandbox speaks https and wss, under an authority of its own (sandbox-ca.pem in its directory)',
    );
}
