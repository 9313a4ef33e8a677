/** What somebody else has: another port or another directory helps. */
export type Taken = 'port' | 'state';

/**
 * A refusal of the sandbox that its person can do something about (port busy, state in use, bad option, wrong key).
 * The message is a full sentence; nothing else needs to be shown.
 */
export class SandboxError extends Error {
  override readonly name = 'SandboxError';
  /** null: nobody else is to blame. */
  readonly taken: Taken | null;

  constructor(message: string, { taken = null, ...options }: ErrorOptions & { readonly taken?: Taken | null } = {}) {
    super(message, options);
    this.taken = taken;
  }
}

// By shape, not by class: an error may come from another realm than ours.

export function messageOf(error: unknown): string {
  return isObject(error) && typeof error['message'] === 'string' ? error['message'] : String(error);
}

/** `ENOENT` and its like. */
export function codeOf(error: unknown): string | undefined {
  return isObject(error) && typeof error['code'] === 'string' ? error['code'] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
