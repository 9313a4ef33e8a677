import { FerryError, isFerryError } from '../errors';

/**
 * Reads a secret in the middle of a transfer. What a command refuses at once, since the person is there to mend it,
 * parks a transfer: SECRET_UNUSABLE in place of CONFIG_INVALID and NOT_CONFIGURED.
 */
export async function readSecretOrPark<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isFerryError(error) || (error.code !== 'CONFIG_INVALID' && error.code !== 'NOT_CONFIGURED')) throw error;
    throw new FerryError('SECRET_UNUSABLE', error.message, { cause: error, details: error.details });
  }
}
