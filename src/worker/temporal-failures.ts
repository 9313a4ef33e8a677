import { errors } from '@temporalio/worker';
import { FerryError } from '../errors';

/** The server of a worker, for messages. */
export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
}

/**
 * The FerryError for an error of the SDK about the server: TEMPORAL_UNREACHABLE when a retry may succeed,
 * CREDENTIALS_REFUSED and NOT_CONFIGURED when it will not. Returns other errors unchanged.
 *
 * The native side has one class for all errors and no status, so only its message distinguishes them (SDK 1.24).
 */
export function asTemporalFailure(error: unknown, { address, namespace }: TemporalPlace): unknown {
  if (!(error instanceof errors.TransportError)) return error;
  const { message } = error;
  const options = { cause: error };
  if (/NotFound|entity was not found|namespace .*not found/i.test(message)) {
    return new FerryError('NOT_CONFIGURED', `Temporal at ${address} has no namespace ${namespace}.`, options);
  }
  if (/Unauthenticated|PermissionDenied|does not have permission|Request unauthorized/i.test(message)) {
    return new FerryError('CREDENTIALS_REFUSED', `Temporal at ${address} refused the credentials.`, options);
  }
  return new FerryError('TEMPORAL_UNREACHABLE', `Cannot reach Temporal at ${address}.`, options);
}
