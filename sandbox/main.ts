#!/usr/bin/env node
/**
 * Entry of the sandbox's process; see `readArguments` for its arguments. Its log goes to stderr. A parent with a
 * channel gets `{type: 'ready', url, port, caFile}`, or `{type: 'refused', taken, message}` when the sandbox refuses to
 * start. Exit code 2: it refused to start, and a person can do something about that. 1: a fault of the sandbox.
 */
import { readArguments } from './arguments';
import { runSandboxProcess } from './process';
import { messageOf, SandboxError } from './sandbox-error';
import type { SandboxHandle } from './types';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  // The reader of the log may end first; the sandbox still has to end in order.
  process.stderr.on('error', () => undefined);
  try {
    const options = readArguments(process.argv.slice(2), process.env);
    const onReady = ({ url }: SandboxHandle): void => {
      if (process.send === undefined) say(`sandbox: ready at ${url}`);
    };
    await runSandboxProcess({ ...options, log: say, onReady });
  } catch (error) {
    const isRefusal = error instanceof SandboxError;
    say(`sandbox: ${messageOf(error)}`);
    process.exitCode = isRefusal ? 2 : 1;
    if (isRefusal && process.connected) await told({ type: 'refused', taken: error.taken, message: error.message });
  } finally {
    // An open channel to the parent would keep the process alive.
    if (process.connected) process.disconnect();
  }
}

/** Resolves when the message is out, or the parent is gone. */
function told(message: object): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

void main();
