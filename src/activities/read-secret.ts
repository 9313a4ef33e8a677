import { FerryError, isFerryError } from '../errors';

/**
 * Reads a secret during a transfer. For CONFIG_INVALID and NOT_CONFIGURED, which end a command, the transfer parks with
 * SECRET_UNUSABLE until a person corrects the secret.
 */
export async function readSecretOrPark<T>(read: () => T | Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!isFerryError(error) || (error.code !== 'CONFIG_INVALID' && error.code !== 'NOT_CONFIGURED')) throw error;
    throw new FerryError('SECRET_UNUSABLE', error.message, { cause: error, details: error.details });
  }
}
