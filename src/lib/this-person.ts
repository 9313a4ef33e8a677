import { hostname, userInfo } from 'node:os';

/** `user@host` as the system names both. A user without an entry in its list, as containers have them: `1000@host`. */
export function thisPerson(): string {
  return `${userName()}@${hostname()}`;
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return String(process.getuid?.() ?? 'unknown');
  }
}
