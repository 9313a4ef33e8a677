import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type ProcessIdentity, endProcess } from '../lib/process-identity';

const ServerRecord = z.object({ pid: z.number(), startTime: z.string(), owner: z.string() });

/** The record beside the database file. It lets another process end the server when the owner is gone. */
export type ServerRecord = z.infer<typeof ServerRecord>;

/** The text for an owner in a record. The owner is the process that supervises the server. */
export function ownerName(owner: ProcessIdentity): string {
  return `${owner.pid}:${owner.startTime}`;
}

/** Value of FERRY_OWNED_TEMPORAL. Stays valid when the server is started again with another pid. */
export function ownedTemporalSpec(owner: ProcessIdentity, recordFile: string): string {
  return `${ownerName(owner)}@${recordFile}`;
}

/**
 * Ends the Temporal server that `spec` names, if the process is still the same: SIGTERM, SIGKILL after 10 s. Used by a
 * worker whose supervisor is gone.
 *
 * @param spec the value of FERRY_OWNED_TEMPORAL: `OWNER_PID:OWNER_START@RECORD_FILE`, or plainly `PID:START` of a server
 */
export async function endOwnedTemporal(spec: string): Promise<void> {
  const server = parseSpec(spec);
  if (server !== null) await endProcess(server, 10_000);
}

function parseSpec(spec: string): ProcessIdentity | null {
  const at = spec.indexOf('@');
  if (at === -1) return parseIdentity(spec);
  const record = readServerRecord(spec.slice(at + 1));
  // Another owner has taken over this state directory. This process must not end the server of that owner.
  return record?.owner === spec.slice(0, at) ? record : null;
}

function parseIdentity(text: string): ProcessIdentity | null {
  const match = /^(\d+):(.+)$/.exec(text);
  return match === null ? null : { pid: Number(match[1]), startTime: match[2] ?? '' };
}

/** Null when there is no record or the record cannot be read. */
export function readServerRecord(file: string): ServerRecord | null {
  try {
    return ServerRecord.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch {
    return null;
  }
}
