/**
 * `--swift`: objects lie in a real Swift. The sandbox only signs for it, and looks with signed HEADs at what is there.
 */
import { randomUUID } from 'node:crypto';

import { SandboxError, messageOf } from '../sandbox-error';
import { STORAGE_ACCOUNT, type Storage } from '../storage/own-storage';
import { createUrlSigner } from '../storage/signer';
import { tempUrlSignature } from '../storage/temp-url';
import type { Journal } from '../types';

const ANSWER_WITHIN_MS = 10_000;
const PROBE_LIFE_SECONDS = 60;
const LOOKS_AT_ONCE = 8;

export interface SwiftOptions {
  /** `http://host:port`, without a path. */
  readonly url: string;
  readonly key: string;
  readonly accountId: string;
  readonly journal: Journal;
  readonly entries: readonly unknown[];
  readonly urlLifeSeconds: number;
  readonly log: (line: string) => void;
}

/** @throws SandboxError when Swift cannot be reached, refuses the key or has no such container */
export async function connectSwift(options: SwiftOptions): Promise<Storage> {
  const origin = readOrigin(options.url);
  const swift = new RealSwift(origin, options.key);
  await swift.checkContainer(options.accountId);
  const signed = new Set(options.entries.map(signedPath).filter((path) => path !== null));
  const remember = (method: string, path: string): void => {
    if (method !== 'PUT' || signed.has(path)) return;
    signed.add(path);
    // Goes to disk before, or together with, what the messaging side keeps of the same request.
    options.journal.append({ signed: path }).catch((error: unknown) => options.log(`sandbox: ${messageOf(error)}`));
  };
  return {
    urls: createUrlSigner(options.key, options.urlLifeSeconds, remember),
    objects: swift,
    host: origin.host,
    handle: null,
    list: () => listSigned(swift, [...signed]),
  };
}

function signedPath(entry: unknown): string | null {
  const known = typeof entry === 'object' && entry !== null && 'signed' in entry && typeof entry.signed === 'string';
  return known ? (entry as { signed: string }).signed : null;
}

/** A listing of the container would need a login; every upload has been signed here, so we look at each. */
async function listSigned(swift: RealSwift, paths: readonly string[]) {
  const found: { relativePath: string; sizeBytes: number; md5: string }[] = [];
  for (let from = 0; from < paths.length; from += LOOKS_AT_ONCE) {
    const some = paths.slice(from, from + LOOKS_AT_ONCE);
    const stats = await Promise.all(
      some.map(async (relativePath) => ({ relativePath, stat: await swift.stat(relativePath) })),
    );
    for (const { relativePath, stat } of stats) if (stat !== null) found.push({ relativePath, ...stat });
  }
  return found;
}

function readOrigin(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : null;
  const plain = url !== null && /^https?:$/.test(url.protocol) && url.pathname === '/' && url.search === '';
  if (!plain || url.username !== '') {
    throw new SandboxError('The URL of Swift is http:// or https:// with host and port, without a path.');
  }
  return url;
}

class RealSwift {
  private readonly origin: URL;
  private readonly key: string;

  constructor(origin: URL, key: string) {
    this.origin = origin;
    this.key = key;
  }

  async stat(relativePath: string): Promise<{ sizeBytes: number; md5: string } | null> {
    const response = await this.ask('HEAD', relativePath);
    if (response.status === 404) return null;
    if (response.status !== 200) throw new Error(`Swift answered ${response.status} to HEAD of an object.`);
    const md5 = (response.headers.get('etag') ?? '').replaceAll('"', '');
    return { sizeBytes: Number(response.headers.get('content-length')), md5 };
  }

  /**
   * One PUT that can never be stored, because its ETag is wrong: 422 says that the key is right, the container there
   * and storage able to write. Nothing is left behind.
   */
  async checkContainer(container: string): Promise<void> {
    const path = `/v1/${STORAGE_ACCOUNT}/${container}/.ferry-sandbox-${randomUUID()}`;
    const wrongEtag = '0'.repeat(32);
    const { status } = await this.ask('PUT', path, { body: 'x', headers: { ETag: wrongEtag } });
    if (status === 422) return;
    const at = `Swift at ${this.origin.host}`;
    if (status === 401) {
      throw new SandboxError(`${at} refuses the key: it is not the TempURL key of the account ${STORAGE_ACCOUNT}.`);
    }
    if (status === 404)
      throw new SandboxError(`${at} has no container ${container} in ${STORAGE_ACCOUNT}; make it first.`);
    throw new SandboxError(`${at} answered ${status} where 422 was expected; it is not ready, or not a Swift.`);
  }

  private async ask(method: 'HEAD' | 'PUT', path: string, init: RequestInit = {}): Promise<Response> {
    const expires = Math.floor(Date.now() / 1000) + PROBE_LIFE_SECONDS;
    const sig = tempUrlSignature('sha1', this.key, `${method}\n${expires}\n${path}`);
    const url = `${this.origin.origin}${path.split('/').map(encodeURIComponent).join('/')}?temp_url_sig=${sig}&temp_url_expires=${expires}`;
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    try {
      const response = await fetch(url, { ...init, method, signal, redirect: 'manual' });
      await response.arrayBuffer();
      return response;
    } catch (error) {
      const reason = (error as { cause?: unknown }).cause ?? error;
      throw new SandboxError(`Swift at ${this.origin.host} cannot be reached: ${messageOf(reason)}.`, { cause: error });
    }
  }
}
