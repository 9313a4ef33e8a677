import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { askedOf, type Asked, type HostAuditEntry } from '../../contract';
import { thisPerson } from '../../lib/this-person';
import type { CommandEnvironment } from './command';
import { lazy } from './lazy';
import type { Settings } from './settings';

type Subject = Pick<HostAuditEntry, 'action' | 'keyId' | 'schedule'>;

/** Writes a line about the command to the audit log of this host. Resolves when the line is durable. */
export async function keepOnRecord(
  { io, output }: CommandEnvironment,
  { stateDir, config, hostId }: Settings,
  subject: Subject,
  asked: Asked,
): Promise<void> {
  const { makeAuditKey, openBooks } = lazy.evidence();
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  makeAuditKey(stateDir);
  const books = openBooks({
    stateDir,
    anchorFile: config.auditAnchor,
    onAnchorFailure: () => output.note('The head of the audit log could not be anchored.'),
  });
  const at = new Date(io.now()).toISOString();
  try {
    await books.keepAudit([{ id: randomUUID(), at, ...subject, host: hostId, by: thisPerson(), ...askedOf(asked) }]);
  } finally {
    await books.close();
  }
}
