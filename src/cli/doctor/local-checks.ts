/** Checks without the network: configuration, seal keys, directories, this machine's tools. */
import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { isFerryError } from '../../errors';
import { formatBytes } from '../../lib/bytes';
import type { Env } from '../../lib/env';
import { systemCode } from '../../lib/system-code';
import { PROXY_NOT_USED, unusedProxy } from '../../lib/unused-proxy';
import { lazy } from '../shared/lazy';
import { accountOf, type Settings } from '../shared/settings';
import { remedyFor } from '../shared/output/remedy';
import { count } from '../shared/output/text';
import type { Check, Finding } from './finding';

export function localChecks(settings: Settings, accountName: string | undefined, env: Env): Check[] {
  return [
    { name: 'configuration', look: async () => [checkConfiguration(settings, accountName)] },
    { name: 'seal keys', look: async () => [checkSealKeys(settings, env)] },
    { name: 'directories', look: () => checkDirectories(settings, accountName) },
    { name: 'disk', look: async () => [await checkDisk(settings, env)] },
    { name: 'pictures', look: async () => [checkPictures()] },
    { name: 'proxy', look: async () => checkProxy(env) },
  ];
}

function checkConfiguration(settings: Settings, accountName: string | undefined): Finding {
  const { name, accountId, practice } = accountOf(settings, accountName);
  const where = settings.config.path ?? 'no file';
  const what = practice ? 'practice: nothing leaves this machine' : `${accountId}, LIVE`;
  return { check: 'configuration', result: 'ok', message: `${where}; account ${name} (${what})` };
}

function checkSealKeys({ config }: Settings, env: Env): Finding {
  try {
    const keys = lazy.config().loadSealKeys(config, env);
    const old = keys.length > 1 ? `, and ${count(keys.length - 1, 'older one')} to open with` : '';
    return { check: 'seal keys', result: 'ok', message: `sealing with ${keys[0]?.id ?? '?'}${old}` };
  } catch (error) {
    if (!isFerryError(error) || error.code !== 'NOT_CONFIGURED') throw error;
    return {
      check: 'seal keys',
      result: 'warn',
      message: 'none here; every machine that runs a worker needs the same one',
      remedy: remedyFor(error.remedy, undefined),
    };
  }
}

async function checkDirectories(settings: Settings, accountName: string | undefined): Promise<Finding[]> {
  const check = 'directories';
  const { directories, name } = accountOf(settings, accountName);
  if (directories === null) {
    if (settings.target.kind === 'embedded') return [{ check, result: 'ok', message: 'any that you may use' }];
    const message = `account ${name} has none: with a Temporal of your own its workers move no files`;
    return [{ check, result: 'no', message, remedy: 'Add directories with sources and targets to the account.' }];
  }
  const sources = directories.sources.map((path) => checkDirectory(path, constants.R_OK | constants.X_OK, 'read'));
  const targets = directories.targets.map((path) => checkDirectory(path, constants.W_OK | constants.X_OK, 'written'));
  return Promise.all([...sources, ...targets]);
}

async function checkDirectory(path: string, mode: number, verb: string): Promise<Finding> {
  const check = 'directories';
  try {
    await access(path, mode);
    return { check, result: 'ok', message: `${path} can be ${verb}` };
  } catch (error) {
    const reason = systemCode(error) ?? 'unknown';
    const message = `${path} cannot be ${verb} here (${reason})`;
    return { check, result: 'no', message, remedy: 'Make it, or correct directories of the account.' };
  }
}

/** No finding without a proxy. */
function checkProxy(env: Env): Finding[] {
  const name = unusedProxy(env);
  if (name === null) return [];
  const remedy = 'Let this machine reach LivePerson and storage on port 443 without a proxy.';
  return [{ check: 'proxy', result: 'warn', message: `${name} ${PROXY_NOT_USED}`, remedy }];
}

function checkPictures(): Finding {
  const check = 'pictures';
  if (lazy.files().imageToolsAvailable()) return { check, result: 'ok', message: 'are decoded and get a preview' };
  const message = 'sharp is not installed: pictures are sent undecoded and without preview';
  return { check, result: 'warn', message, remedy: 'npm install sharp where the worker runs.' };
}

/** Temporal's database and the receipts need less than this for thousands of transfers. */
const LEAST_FREE_BYTES = 100_000_000;

async function checkDisk({ target }: Settings, env: Env): Promise<Finding> {
  const check = 'disk';
  const stateDir = target.stateDir ?? lazy.config().defaultStateDir(env);
  const stats = await statfs(stateDir).catch(() => null);
  if (stats === null) return { check, result: 'ok', message: `${stateDir} does not exist yet` };
  const free = stats.bavail * stats.bsize;
  if (free >= LEAST_FREE_BYTES) return { check, result: 'ok', message: `${formatBytes(free)} free at ${stateDir}` };
  const message = `only ${formatBytes(free)} free at ${stateDir}: transfers stop when nothing can be written`;
  return { check, result: 'no', message, remedy: 'Make room there.' };
}
