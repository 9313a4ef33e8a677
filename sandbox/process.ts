/** The sandbox as a process: the child of `ferry sandbox` and of `ferry up`. */
import { startSandbox } from './index';
import type { SandboxHandle, SandboxOptions } from './types';

export interface SandboxProcessOptions extends SandboxOptions {
  /** Called once when it serves; for the line that a person or script waits for. */
  readonly onReady?: (handle: SandboxHandle) => void;
}

/**
 * Runs a sandbox until SIGTERM, SIGINT or, when forked with a channel, until that channel closes: a sandbox does not
 * outlive the process that asked for it. Over the channel it says `{type: 'ready', url, port, caFile}`.
 * @throws SandboxError when it cannot start
 */
export async function runSandboxProcess(options: SandboxProcessOptions): Promise<void> {
  const { onReady, ...sandboxOptions } = options;
  const ending = untilAskedToEnd();
  try {
    const sandbox = await startSandbox(sandboxOptions);
    try {
      onReady?.(sandbox);
      // A parent that is gone by now shows as a closed channel; the failed message says nothing more.
      const { url, port, caFile } = sandbox;
      process.send?.({ type: 'ready', url, port, caFile }, undefined, undefined, () => undefined);
      await ending.asked;
    } finally {
      await sandbox.close();
    }
  } finally {
    ending.forget();
  }
}

function untilAskedToEnd(): { asked: Promise<void>; forget: () => void } {
  const events = ['SIGTERM', 'SIGINT', 'disconnect'] as const;
  let end: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => {
    end = resolve;
  });
  for (const event of events) process.on(event, end);
  // The channel may have closed before anybody listened.
  if (process.send !== undefined && !process.connected) end();
  return {
    asked,
    forget: () => {
      for (const event of events) process.off(event, end);
    },
  };
}
