import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FerryError } from '../errors';
import { createFile } from '../lib/atomic-file';
import { loadSecretFile, makeSealKey, parseSealKeys } from '../secrets';
import type { AuditKey, AuditRing } from './types';

/** The audit keys are a separate ring, because a key must serve only one purpose. */
export function auditKeyPath(stateDir: string): string {
  return join(stateDir, 'audit.key');
}

/** Makes the first key if there is none. Errors are those of the system. */
export function makeAuditKey(stateDir: string): void {
  const path = auditKeyPath(stateDir);
  if (!existsSync(path)) createFile(path, `${makeSealKey()}\n`);
}

/** The ring of a state directory. The first key writes, all keys check. CONFIG_INVALID. */
export function loadAuditKeys(stateDir: string): AuditRing {
  const path = auditKeyPath(stateDir);
  const [first, ...others] = parseSealKeys(loadSecretFile(path), path);
  if (first === undefined) throw new FerryError('CONFIG_INVALID', `${path} holds no key.`);
  return [first, ...others];
}

/** Like {@link loadAuditKeys}, for reading only: empty when there is no key, as in earlier versions. */
export function readAuditKeys(stateDir: string): readonly AuditKey[] {
  return existsSync(auditKeyPath(stateDir)) ? loadAuditKeys(stateDir) : [];
}
