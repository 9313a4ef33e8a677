import { constants, openSync } from 'node:fs';

/** Opens a log for appending; made when missing, for its owner alone. A link is an error: it may lead to any file of ours. */
export function openLog(path: string): number {
  const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;
  return openSync(path, O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW, 0o600);
}
