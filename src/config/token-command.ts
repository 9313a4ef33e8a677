import { spawn, type ChildProcess } from 'node:child_process';
import { failureAnywhere, FerryError } from '../errors';
import type { Env } from '../lib/env';
import { systemCode } from '../lib/system-code';

const WITHIN_MS = 30_000;
const MAX_BYTES = 64 * 1024;

/**
 * Runs the program that prints the token of a consumer. Its output is never logged, because a program that fails can
 * print a part of a secret.
 *
 * CONFIG_INVALID: the program does not exist. MESSAGING_UNAVAILABLE, which is retried: the program failed, took too
 * long or printed nothing; most often the service that it asks is down.
 */
export async function runTokenCommand(
  argv: readonly string[],
  env: Env,
  withinMs: number = WITHIN_MS,
): Promise<string> {
  const [program = '', ...words] = argv;
  // A process group of its own, so that a timeout also ends the programs that it started.
  const child = spawn(program, words, { env, stdio: ['ignore', 'pipe', 'ignore'], detached: true });
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    endGroup(child);
  }, withinMs);
  try {
    const output = await printed(child);
    if (timedOut) throw failed(program, `did not end within ${withinMs / 1000} s`);
    const token = output.trim();
    if (token === '') throw failed(program, 'printed nothing');
    return token;
  } finally {
    clearTimeout(timer);
  }
}

async function printed(child: ChildProcess): Promise<string> {
  const program = child.spawnfile;
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_BYTES) chunks.push(chunk);
      else endGroup(child);
    });
    child.on('error', (error) => reject(cannotStart(program, error)));
    child.on('close', (code, signal) => {
      if (size > MAX_BYTES) reject(failed(program, 'printed far more than a token'));
      else if (code === 0 || signal === 'SIGKILL') resolve(Buffer.concat(chunks).toString('utf8'));
      else reject(failed(program, code === null ? `was ended by ${signal}` : `failed with exit code ${code}`));
    });
  });
}

function endGroup(child: ChildProcess): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
  } catch {
    // The program has already ended.
  }
}

function cannotStart(program: string, error: unknown): FerryError {
  const known = failureAnywhere(error);
  if (known !== null) return known;
  const code = systemCode(error);
  const message = `The tokenCommand ${program} cannot be started (${code ?? 'unknown error'}).`;
  return new FerryError(code === 'ENOENT' || code === 'EACCES' ? 'CONFIG_INVALID' : 'INTERNAL', message);
}

function failed(program: string, what: string): FerryError {
  return new FerryError('MESSAGING_UNAVAILABLE', `The tokenCommand ${program} ${what}.`);
}
