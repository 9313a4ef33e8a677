import { BlockWriter } from './block-writer';
import { RawGet } from './raw-get';
import type { Receive } from './receive';
import { requestTarget } from './signed-url';

/** The fast way for large objects: read into page-aligned slots, written directly and digested in a thread. */
export const receiveDirect: Receive = async (options) => {
  const { connections, url } = options;
  const sentAtMs = Date.now();
  let writing: Promise<BlockWriter> | null = null;
  const get: RawGet = new RawGet({
    origin: url.origin,
    target: requestTarget(url),
    headers: options.headers,
    signal: options.signal,
    ...connections.options,
    onHead: async ({ status, headers }) => {
      connections.learnTime(url.origin, headers, sentAtMs);
      const events = { onRoom: () => get.resume(), onFailure: (error: unknown) => get.fail(error) };
      const accepted = options.accept(status, headers);
      writing = accepted.then((destination) => BlockWriter.open(destination, events));
      const [{ length }, writer] = await Promise.all([accepted, writing]);
      return { length, space: () => writer.space(), filled: (bytes) => writer.filled(bytes) };
    },
  });
  // The request may fail while the answer is still being judged: the writer that comes of it must not be left behind.
  const writer = (): Promise<BlockWriter | null> => Promise.resolve(writing).catch(() => null);
  try {
    await get.done;
  } catch (error) {
    await (await writer())?.abandon();
    throw error;
  }
  await (await writer())?.finish();
};
