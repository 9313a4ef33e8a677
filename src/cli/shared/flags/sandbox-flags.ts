/** The flags of `ferry sandbox` and `ferry up` for the behaviour of the sandbox. */
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { defined } from '../../../lib/defined';
import type { SandboxSettings } from '../../../supervisor/types';
import { countFlag, secondsFlag, typesFlag } from './values';

export interface SandboxFlags {
  readonly urlLife?: number;
  readonly propertyDelay?: number;
  readonly maxBytes?: number;
  readonly types?: readonly string[];
  readonly swift?: string;
  readonly swiftKeyFile?: string;
  readonly tls?: boolean;
}

export function addSandboxFlags(command: Command): Command {
  return command
    .option('--url-life <seconds>', 'life of a signed URL of the sandbox (default: 60)', secondsFlag)
    .option(
      '--property-delay <seconds>',
      'time until the sandbox acts on a changed site property, as the real service takes (default: none)',
      secondsFlag,
    )
    .option('--max-bytes <bytes>', 'largest file that the sandbox account takes', countFlag)
    .option('--types <list>', 'file types that the sandbox account takes, such as JPG,PNG,PDF', typesFlag)
    .option('--swift <url>', 'sign for a real OpenStack Swift instead of storing objects itself')
    .option('--swift-key-file <file>', 'file with its TempURL key (or FERRY_SWIFT_KEY)')
    .option(
      '--tls',
      'the sandbox speaks https and wss, under an authority of its own (sandbox-ca.pem in its directory)',
    );
}

/** @param cwd directory that a relative path of the key file starts from */
export function sandboxSettings(flags: SandboxFlags, cwd: string): SandboxSettings {
  const { urlLife, propertyDelay, maxBytes, types, swift, swiftKeyFile, tls } = flags;
  const keyFile = swiftKeyFile === undefined ? undefined : resolve(cwd, swiftKeyFile);
  return {
    ...defined({
      urlLifeSeconds: urlLife,
      propertyDelaySeconds: propertyDelay,
      maxBytes,
      types,
      tls: tls === true ? tls : undefined,
    }),
    ...(swift === undefined && keyFile === undefined ? {} : { swift: defined({ url: swift, keyFile }) }),
  };
}
