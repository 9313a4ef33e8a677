import type { Meter } from './types';

/** Counts nothing: for a worker without metrics. */
export const NO_METER: Meter = {
  stepEnded: () => undefined,
  bytesMoved: () => undefined,
  linkRenewed: () => undefined,
  lineSettled: () => undefined,
  throttled: () => undefined,
};
