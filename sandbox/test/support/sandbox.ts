import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startSandbox, type SandboxOptions, type SandboxTuning } from '../..';
import type { SandboxHandle } from '../../types';
import { send, type Received, type Sending } from './http';

export const CONTAINER = '/v1/AUTH_async-images/12345678';

const undo: (() => Promise<void>)[] = [];

/** For afterEach: ends what the test started and removes what it wrote. */
export async function cleanUp(): Promise<void> {
  for (const step of undo.splice(0).reverse()) await step();
}

export function atCleanUp(step: () => Promise<void>): void {
  undo.push(step);
}

export async function ownDirectory(): Promise<string> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), 'ferry-sandbox-')));
  atCleanUp(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export interface TestSandbox extends SandboxHandle {
  readonly stateDir: string;
  readonly key: string;
  /** A signed URL for an object of this name. */
  readonly link: (method: string, name: string, options?: SignOptions) => string;
  /** Sends to a signed URL of its own. */
  readonly ask: (method: string, name: string, sending?: Sending & SignOptions) => Promise<Received>;
  readonly page: (name: string) => Promise<Record<string, unknown>[]>;
  readonly faults: (...rules: object[]) => Promise<void>;
}

export interface SignOptions {
  readonly signedMethod?: string;
  readonly expires?: number;
  /** Further query, beginning with `&`. */
  readonly query?: string;
}

export async function sandbox(options: Partial<SandboxOptions> & SandboxTuning = {}): Promise<TestSandbox> {
  const stateDir = options.stateDir ?? (await ownDirectory());
  const { clientTimeoutMs, ...rest } = options;
  const handle = await startSandbox({ port: 0, ...rest, stateDir }, clientTimeoutMs ? { clientTimeoutMs } : {});
  atCleanUp(() => handle.close());
  const key = await readFile(join(stateDir, 'temp-url.key'), 'utf8').then(
    (text) => text.trim(),
    () => '',
  );
  return { ...handle, stateDir, ...talkTo(handle.url, key) };
}

/** The same for a sandbox in another process. */
export function talkTo(url: string, key: string): Omit<TestSandbox, 'stateDir' | 'close' | 'port' | 'url' | 'caFile'> {
  const link: TestSandbox['link'] = (method, name, options = {}) => {
    const path = `${CONTAINER}/${name}`;
    return `${url}${path.split('/').map(encodeURIComponent).join('/')}?${signedQuery(key, method, path, options)}`;
  };
  return {
    key,
    link,
    ask: (method, name, sending = {}) => send(method, link(method, name, sending), sending),
    page: async (name) => (await fetch(`${url}/_sandbox/${name}`)).json() as Promise<Record<string, unknown>[]>,
    faults: async (...rules) => {
      const response = await fetch(`${url}/_sandbox/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(rules),
      });
      if (!response.ok) throw new Error(await response.text());
    },
  };
}

/** Independent of the sandbox's own code, as the protocol's notes say it. */
export function signedQuery(key: string, method: string, path: string, options: SignOptions = {}): string {
  const expires = options.expires ?? Math.floor(Date.now() / 1000) + 60;
  const message = `${options.signedMethod ?? method}\n${expires}\n${path}`;
  const sig = createHmac('sha1', key).update(message).digest('hex');
  return `temp_url_sig=${sig}&temp_url_expires=${expires}${options.query ?? ''}`;
}
