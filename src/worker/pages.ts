import { FerryError } from '../errors';
import { servePages, type Page, type PagesServer } from '../lib/http-pages';
import { hasSystemCode } from '../lib/system-code';

export interface PageGroup {
  /** The key of ferry.toml that gives the address. */
  readonly key: string;
  /** `host:port`; null: the pages are not served. */
  readonly address: string | null;
  readonly pages: Readonly<Record<string, () => Promise<Page>>>;
}

/**
 * Serves each group of pages under its address; groups with the same address share a server.
 *
 * @throws {FerryError} PORT_BUSY, CONFIG_INVALID (not an address of this machine)
 */
export async function openPages(groups: readonly PageGroup[]): Promise<{ close(): Promise<void> }> {
  const servers: PagesServer[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  const addresses = new Set(groups.map(({ address }) => address));
  try {
    for (const address of addresses) {
      if (address === null) continue;
      const here = groups.filter((group) => group.address === address);
      servers.push(await serve(address, here));
    }
  } catch (error) {
    await close();
    throw error;
  }
  return { close };
}

async function serve(address: string, groups: readonly PageGroup[]): Promise<PagesServer> {
  const keys = groups.map(({ key }) => key).join(' and ');
  try {
    return await servePages(address, Object.assign({}, ...groups.map(({ pages }) => pages)));
  } catch (cause) {
    if (hasSystemCode(cause, 'EADDRINUSE')) {
      throw new FerryError('PORT_BUSY', `${keys} cannot be served: another program listens on ${address}.`, { cause });
    }
    const reason = 'is not an address on which this machine can listen';
    throw new FerryError('CONFIG_INVALID', `${keys} cannot be served: ${address} ${reason}.`, { cause });
  }
}
