import { utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { waitFor } from '../support/wait-for';
import type { Document } from './machine';
import { writeJpeg } from './pictures';
import type { Site } from './site';

/** Seconds since the epoch. */
export const MODIFIED_AT = 1_790_000_000;

export function pictures({ directory }: Site, name: string, sizes: readonly number[]): Promise<string[]> {
  return Promise.all(sizes.map((size, index) => writeJpeg(join(directory, `${name}-${index}.jpg`), size)));
}

/**
 * Storage holds the next uploads, so many, for so long.
 *
 * @returns resolves when a number of them is under way; those of before, and ever without an answer, do not count
 */
export async function hold(
  { view }: Site,
  delayMs: number,
  times: number,
): Promise<{ underWay(count: number): Promise<void> }> {
  const before = (await view.requests()).length;
  await view.addFault({ at: 'put', do: { delayMs }, times });
  return {
    async underWay(count) {
      await waitFor(async () => {
        const since = (await view.requests()).slice(before);
        const puts = since.filter(({ method, status }) => method === 'PUT' && status === undefined);
        return puts.length >= count ? true : undefined;
      }, 30_000);
    },
  };
}

export async function startOne(
  site: Site,
  name: string,
  ...more: string[]
): Promise<{ path: string; transferId: string }> {
  const [path = ''] = await pictures(site, name, [2000]);
  // Whole seconds can be set again exactly.
  await utimes(path, MODIFIED_AT, MODIFIED_AT);
  const { documents } = await site.ferry('send', path, '--detach', '--json', ...more);
  return { path, transferId: documents[0]!['transferId'] as string };
}

/** How many messages there are of each of these receipts. */
export async function messagesOf({ view }: Site, receipts: readonly Document[]): Promise<number[]> {
  const messages = await view.messages();
  return receipts.map(({ relativePath }) => messages.filter((message) => message.relativePath === relativePath).length);
}

/** The activities of these transfers of which an attempt was given up because nothing was heard of it. */
export function timedOutAttempts(site: Site, receipts: readonly Document[]): Promise<string[]> {
  return site.withClient(async ({ workflow }) => {
    const ids = receipts.map(({ transferId }) => transferId as string);
    const histories = await Promise.all(ids.map((id) => workflow.getHandle(id).fetchHistory()));
    return histories.flatMap(({ events }, index) => {
      const started = (events ?? []).map((event) => event.activityTaskStartedEventAttributes);
      return started
        .filter((attempt) => attempt?.lastFailure?.timeoutFailureInfo)
        .map((attempt) => `${ids[index]} attempt ${attempt?.attempt}`);
    });
  });
}
