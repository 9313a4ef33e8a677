import { processStartTime, type ProcessIdentity } from '../engine';
import { FerryError } from '../errors';

/** Identity of the process that runs this code. */
export function thisProcess(): ProcessIdentity {
  const startTime = processStartTime(process.pid);
  if (startTime === null) throw new FerryError('INTERNAL', 'The start time of this process cannot be read.');
  return { pid: process.pid, startTime };
}
