#!/usr/bin/env node
/**
 * Entry of the sandbox's process; `readArguments` says what it takes. Its log goes to stderr. A parent with a channel is
 * told `{type: 'ready', url, port, caFile}`, or `{type: 'refused', taken, message}` when it could not start.
 * Exit code 2: it could not start, and a person can do something about it. 1: a fault of the sandbox.
 */
import { readArguments } from './arguments';
import { runSandboxProcess } from './process';
import { messageOf, SandboxError } from './sandbox-error';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  try {
    const options = readArguments(process.argv.slice(2), process.env);
    await runSandboxProcess({ ...options, log: say, onReady: ({ url }) => say(`sandbox: ready at ${url}`) });
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

/** Resolves when the parent's channel has the message, or cannot take it any more. */
function told(message: object): Promise<void> {
  return new Promise((resolve) => process.send?.(message, undefined, undefined, () => resolve()));
}

void main();
