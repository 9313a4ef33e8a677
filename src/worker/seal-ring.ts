import { isDeepStrictEqual } from 'node:util';
import { isFerryError } from '../errors';
import { watchChanges } from '../lib/watch-changes';
import { sealer, type Sealer, type SealKey } from '../secrets';

export interface SealRingOptions {
  /** The first key seals, every key opens. */
  readonly keys: readonly SealKey[];
  /** Reads the keys again. Throws when they cannot be used. */
  readonly read: () => readonly SealKey[];
  /** The ring has changed. */
  readonly onChange: (keys: readonly SealKey[]) => void;
  /** The keys cannot be used; the ring stays as it was. */
  readonly onFault: (error: Error) => void;
  /** Ends the watch. */
  readonly signal: AbortSignal;
}

/**
 * Seals and opens with the present keys of the worker. They are read again every few seconds, and at once for a value
 * that was sealed with an unknown key: another worker may have got the new key first.
 */
export function openSealRing({ keys: first, read, onChange, onFault, signal }: SealRingOptions): Sealer {
  let keys = first;
  let present = sealer(first);
  const isInUse = (found: readonly SealKey[]): boolean => isDeepStrictEqual(found, keys);
  const use = (found: readonly SealKey[]): void => {
    present = sealer(found);
    keys = found;
    onChange(found);
  };
  void watchChanges({ read, isInUse, use, onFault, signal });

  /** False when there are no new keys. */
  function takeNewKeys(): boolean {
    try {
      const found = read();
      if (isInUse(found)) return false;
      use(found);
      return true;
    } catch {
      // The watch reports the fault.
      return false;
    }
  }
  return {
    seal: (value, context) => present.seal(value, context),
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- as declared
    open<T>(sealed: string, context: Parameters<Sealer['open']>[1]): T {
      try {
        return present.open<T>(sealed, context);
      } catch (error) {
        if (!isFerryError(error) || error.code !== 'SEAL_KEY_UNKNOWN' || !takeNewKeys()) throw error;
        return present.open<T>(sealed, context);
      }
    },
  };
}
