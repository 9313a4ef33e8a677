import { createInterface } from 'node:readline';
import { isTerminal, type Io } from '../io';

/** Whether there is a person to ask. */
export function canAsk({ stdin, stderr, env }: Io): boolean {
  return (stdin as { readonly isTTY?: boolean }).isTTY === true && isTerminal(stderr, env);
}

/** Asks on the terminal. Only `y` or `yes` means yes; an end of input and Ctrl-C mean no. */
export async function confirm({ stdin, stderr, interrupted }: Io, question: string): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  const lines = createInterface({ input: stdin });
  const close = (): void => lines.close();
  interrupted.addEventListener('abort', close, { once: true });
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once('line', resolve);
      lines.once('close', () => resolve(''));
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    interrupted.removeEventListener('abort', close);
    lines.close();
  }
}
