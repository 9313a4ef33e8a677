#!/usr/bin/env node
/** Entry of the sandbox's process; see `readArguments` for what it takes. Exit code 2: it could not start. */
import { readArguments } from './arguments';
import { runSandboxProcess } from './process';
import { SandboxError } from './sandbox-error';

function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

async function main(): Promise<void> {
  try {
    const options = readArguments(process.argv.slice(2), process.env);
    await runSandboxProcess({ ...options, log: say, onReady: ({ url }) => say(`sandbox: ready at ${url}`) });
  } catch (error) {
    say(`sandbox: ${error instanceof SandboxError ? error.message : String(error)}`);
    process.exitCode = error instanceof SandboxError ? 2 : 1;
  } finally {
    // An open channel to the parent would keep the process alive.
    if (process.connected) process.disconnect();
  }
}

void main();
