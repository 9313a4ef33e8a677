import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { get as getPlain, type IncomingMessage } from 'node:http';
import { get as getSecure } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { compileSandbox } from '../../support/compiled';

export interface SandboxProcess {
  /** `http://127.0.0.1:PORT`, or `https://127.0.0.1:PORT` */
  readonly url: string;
  /** `127.0.0.1:PORT`, as discovery wants to be asked. */
  readonly host: string;
  /** A directory for the test's own files, gone with the sandbox. */
  readonly workDir: string;
  readonly stateDir: string;
  /** Of the authority's certificate, when it was started with `--tls`. */
  readonly caFile: string;
  /** What it has written to its log so far. */
  said(): string;
  /** True while the process lives. */
  lives(): boolean;
  page(name: string): Promise<Readonly<Record<string, unknown>>[]>;
  end(): Promise<void>;
}

/** A sandbox as a process of its own, as it stands in the sources now, on a port and in a directory of its own. */
export async function startSandboxProcess(...args: string[]): Promise<SandboxProcess> {
  const compiled = compileSandbox();
  const workDir = await mkdtemp(join(tmpdir(), 'ferry-conformance-'));
  const stateDir = join(workDir, 'sandbox');
  const child = fork(compiled.main, ['--port', '0', '--state', stateDir, ...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString('utf8');
  });
  const end = async (): Promise<void> => {
    await endChild(child);
    compiled.remove();
    await rm(workDir, { recursive: true, force: true });
  };
  const [ready] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [{ url?: string } | number];
  if (typeof ready !== 'object' || ready.url === undefined) {
    await end();
    throw new Error(`The sandbox did not start: ${said}`);
  }
  const { url } = ready;
  const caFile = join(stateDir, 'sandbox-ca.pem');
  const page: SandboxProcess['page'] = async (name) => {
    const text = await textAt(`${url}/_sandbox/${name}`, caFile);
    return JSON.parse(text) as Readonly<Record<string, unknown>>[];
  };
  const lives = (): boolean => child.exitCode === null && child.signalCode === null;
  return { url, host: new URL(url).host, workDir, stateDir, caFile, said: () => said, lives, page, end };
}

/** SIGTERM, and SIGKILL for one that does not listen. */
export async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
  await gone;
  clearTimeout(patience);
}

async function textAt(url: string, caFile: string): Promise<string> {
  const isSecure = url.startsWith('https:');
  const outgoing = isSecure ? getSecure(url, { ca: readFileSync(caFile) }) : getPlain(url);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
