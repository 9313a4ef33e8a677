import { statSync } from 'node:fs';
import type { FerryClient, SealKeyUse } from '../../client/types';
import type { Asked } from '../../contract';
import { FerryError } from '../../errors';
import type { SealKey } from '../../secrets';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { lazy } from '../shared/lazy';
import { keepOnRecord } from '../shared/on-record';
import { formatSpan } from '../shared/output/durations';
import { usageError } from '../shared/output/output';
import { tableLines } from '../shared/output/table';
import { count } from '../shared/output/text';
import { readSettings, withClient, type Settings } from '../shared/settings';
import { changeKeyFile, keyFileOf } from './key-file';

interface RotateOptions extends Asked {
  readonly openOnly?: boolean;
  readonly to?: string;
}

/** `{"type":"keys","v":1,"file","keys":[{"keyId","seals","madeAt","consumers"}],"missing":[{"keyId","consumers"}],"unanswered","otherHosts"}` */
export async function runList({ io, output, flags }: CommandEnvironment): Promise<ExitCode> {
  const settings = await readSettings(io, flags);
  const ring = lazy.config().loadSealKeys(settings.config, io.env);
  const file = keyFileOf(settings, io);
  const use = await withClient(settings, io, (client) => client.sealKeyUse());
  const keys = ring.map((key, index) => ({
    keyId: key.id,
    seals: index === 0,
    madeAt: key.madeAt ?? (file !== null && ring.length === 1 ? statSync(file).mtime.toISOString() : null),
    consumers: use.consumers[key.id] ?? 0,
  }));
  const missing = Object.entries(use.consumers)
    .filter(([keyId]) => ring.every(({ id }) => id !== keyId))
    .map(([keyId, consumers]) => ({ keyId, consumers }));
  const otherHosts = otherHostsIn(use, settings);
  output.document({ type: 'keys', v: 1, file, keys, missing, unanswered: use.unanswered, otherHosts });
  const age = (madeAt: string | null): string => (madeAt === null ? '-' : formatSpan(io.now() - Date.parse(madeAt)));
  const rows = [
    ...keys.map(({ keyId, seals, madeAt, consumers }) => [
      keyId,
      age(madeAt),
      seals ? 'seals' : 'opens',
      count(consumers, 'consumer'),
    ]),
    ...missing.map(({ keyId, consumers }) => [keyId, '-', 'MISSING', count(consumers, 'consumer')]),
  ];
  const columns = [{ title: 'key' }, { title: 'age' }, { title: 'use' }, { title: 'needed by' }];
  output.answer(tableLines(columns, rows, Infinity).join('\n'));
  if (use.unanswered > 0) output.note(`${count(use.unanswered, 'consumer')} could not be asked: no worker answered.`);
  if (otherHosts.length > 0) output.note(`${unseen(otherHosts)} Run ferry keys list there and compare.`);
  return EXIT.done;
}

/** Needs no Temporal. `{"type":"status","v":1,"file","keyId","seals"}` */
export async function runRotate(
  environment: CommandEnvironment,
  { openOnly = false, to, ...asked }: RotateOptions,
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  if (openOnly && to !== undefined) throw usageError('Give --open-only or --to, not both.');
  const settings = await readSettings(io, flags);
  const { addKey, makeKeyLine, parseSealKeys, putFirst } = lazy.secrets();
  let keyId = to ?? '';
  const file = await changeKeyFile(settings, io, async (text, keys) => {
    const line = makeKeyLine(io.now());
    if (to === undefined) keyId = parseSealKeys(line)[0]?.id ?? '';
    else keyIn(keys, to);
    await keepOnRecord(environment, settings, { action: 'rotateSealKey', keyId }, asked);
    return to === undefined ? addKey(text, line, !openOnly) : putFirst(text, to);
  });
  output.document({ type: 'status', v: 1, file, keyId, seals: !openOnly });
  output.answer(
    openOnly
      ? `${keyId} opens from now on. When all hosts have this file: ferry keys rotate --to ${keyId}`
      : `${keyId} seals from now on; workers notice within seconds. The old key stays: see ferry keys list.`,
  );
  return EXIT.done;
}

/** `{"type":"status","v":1,"file","keyId","retired":true,"otherHosts"}`. SEAL_KEY_NEEDED. */
export async function runRetire(
  environment: CommandEnvironment,
  asked: Asked,
  [keyId = '']: readonly string[],
): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  const { takeOut } = lazy.secrets();
  let otherHosts: readonly string[] = [];
  const file = await withClient(settings, io, (client) =>
    changeKeyFile(settings, io, async (text, keys) => {
      otherHosts = otherHostsIn(await checkUnneeded(client, keys, keyId), settings);
      await keepOnRecord(environment, settings, { action: 'retireSealKey', keyId }, asked);
      return takeOut(text, keyId);
    }),
  );
  output.document({ type: 'status', v: 1, file, keyId, retired: true, otherHosts });
  output.answer(`${keyId} is retired. Take it out of the key files of other hosts as well.`);
  if (otherHosts.length > 0) output.note(unseen(otherHosts));
  return EXIT.done;
}

/** Hosts with workers whose key files this command cannot read. */
function otherHostsIn({ hosts }: SealKeyUse, { hostId }: Settings): readonly string[] {
  return hosts.filter((host) => host !== hostId);
}

function unseen(hosts: readonly string[]): string {
  return `Workers also run on ${hosts.join(', ')}. Only the key file of this host was read.`;
}

/** @returns the answers of the consumers */
async function checkUnneeded(client: FerryClient, keys: readonly SealKey[], keyId: string): Promise<SealKeyUse> {
  if (keyIn(keys, keyId) === keys[0]) {
    throw stillNeeded(keyId, 'it is the key that seals new tokens; ferry keys rotate makes another key');
  }
  const use = await client.sealKeyUse();
  const needed = neededBy(use, keyId);
  if (needed !== null) throw stillNeeded(keyId, needed);
  return use;
}

function stillNeeded(keyId: string, reason: string): FerryError {
  return new FerryError('SEAL_KEY_NEEDED', `The seal key ${keyId} is still needed: ${reason}.`);
}

function neededBy({ consumers, unanswered }: SealKeyUse, keyId: string): string | null {
  const sealed = consumers[keyId] ?? 0;
  if (sealed > 0) return `${count(sealed, 'consumer')} ${sealed === 1 ? 'has a token' : 'have tokens'} sealed with it`;
  return unanswered > 0 ? `${count(unanswered, 'consumer')} could not be asked, because no worker answered` : null;
}

function keyIn(keys: readonly SealKey[], keyId: string): SealKey {
  const key = keys.find(({ id }) => id === keyId);
  if (key === undefined) throw usageError(`The key file has no key ${JSON.stringify(keyId)}: see ferry keys list.`);
  return key;
}
