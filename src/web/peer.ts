import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';

/**
 * The user who holds the other end of a connection on this machine (IPv4); null where the system does not say. A cookie
 * for 127.0.0.1 goes to the servers on all its ports, also to those of other users, so a cookie alone proves little.
 */
export function peerUser({ localPort, remotePort, remoteAddress }: Socket): number | null {
  if (remoteAddress !== '127.0.0.1' || localPort === undefined || remotePort === undefined) return null;
  let table: string;
  try {
    table = readFileSync('/proc/net/tcp', 'utf8');
  } catch {
    return null;
  }
  const [mine, theirs] = [`0100007F:${hex(localPort)}`, `0100007F:${hex(remotePort)}`];
  for (const line of table.split('\n')) {
    const [, local, remote, , , , , user] = line.trim().split(/\s+/);
    if (local === theirs && remote === mine) return Number(user);
  }
  return null;
}

function hex(port: number): string {
  return port.toString(16).toUpperCase().padStart(4, '0');
}
