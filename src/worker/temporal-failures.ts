import { errors } from '@temporalio/worker';
import { FerryError } from '../errors';

/** Where a worker works, for its messages. */
export interface TemporalPlace {
  readonly address: string;
  readonly namespace: string;
}

/**
 * What the SDK says of the server, as an error of ours: TEMPORAL_UNREACHABLE where the same may go well later,
 * CREDENTIALS_REFUSED and NOT_CONFIGURED where it will not. Anything else is handed back as it is.
 *
 * The native side has one class for all of it and no status: only the words of its message tell (SDK 1.24, seen).
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
