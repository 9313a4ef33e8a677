import { FerryError, isFerryError } from '../errors';
import type { ProgressDetails } from '../contract';
import type { Attempt } from './edge';

/** Failures that usually disappear with another attempt. After this many in a row a person has to look. */
const MOST_FRUITLESS = 5;

/** Set in `details` of an error that ends an activity although its code is one to retry. */
export const GIVEN_UP = 'givenUp';

type Move<Input, Output> = (input: Input, attempt: Attempt<ProgressDetails>) => Promise<Output>;

/**
 * Gives up after five attempts that moved all their bytes without success, because a transfer that can never succeed
 * would otherwise move its file for days. An attempt that got further than all earlier attempts resets the count.
 */
export function givingUp<Input, Output>(move: Move<Input, Output>): Move<Input, Output> {
  return async (input, attempt) => {
    try {
      return await move(input, attempt);
    } catch (error) {
      const counts = !attempt.signal.aborted && isFerryError(error) && error.row.afterGivingUp !== undefined;
      throw counts ? counted(error, attempt) : error;
    }
  };
}

function counted(error: FerryError, attempt: Attempt<ProgressDetails>): FerryError {
  const { details, previous } = attempt;
  if (details === undefined) return error;
  const before = previous?.furthest ?? 0;
  const gotFurther = error.code === 'STALLED' && details.bytesDone > before;
  const fruitless = (gotFurther ? 0 : (previous?.fruitless ?? 0)) + 1;
  attempt.details = { ...details, fruitless, furthest: Math.max(before, details.bytesDone) };
  if (fruitless < MOST_FRUITLESS) return error;
  const message = `${error.message} This happened ${fruitless} times in a row.`;
  return new FerryError(error.code, message, { cause: error, details: { ...error.details, [GIVEN_UP]: true } });
}
