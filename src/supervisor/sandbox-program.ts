import { join } from 'node:path';
import { childEnv } from '../lib/child-env';
import type { Env } from '../lib/env';
import type { SandboxSettings } from './types';

/** The sandbox is a separate program that shares no code with Ferry. The build puts it here. */
export const SANDBOX_PROGRAM = join(__dirname, '../sandbox/main.js');

/** The arguments for the program of the sandbox. Each value is joined to its name, because it may begin with a dash. */
export function sandboxArguments(port: number, stateDir: string, settings: SandboxSettings): readonly string[] {
  const { urlLifeSeconds, propertyDelaySeconds, maxBytes, types, swift, tls } = settings;
  const values = {
    port,
    state: stateDir,
    'url-life': urlLifeSeconds,
    'property-delay': propertyDelaySeconds,
    'max-bytes': maxBytes,
    types: types?.join(','),
    swift: swift?.url,
    'swift-key-file': swift?.keyFile,
  };
  const given = Object.entries(values).filter(([, value]) => value !== undefined);
  return [...given.map(([name, value]) => `--${name}=${String(value)}`), ...(tls === true ? ['--tls'] : [])];
}

/** The environment variables that the sandbox gets. */
export function sandboxEnvironment(env: Env): NodeJS.ProcessEnv {
  return childEnv(env, 'FERRY_SWIFT_KEY', 'NODE_EXTRA_CA_CERTS');
}
