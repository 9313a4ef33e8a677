import { ActivityFailure, ApplicationFailure, RetryState, TimeoutFailure } from '@temporalio/common';
import { errorOf } from '../../src/workflows/failures';

function activityFailure(cause: Error, retryState: RetryState): ActivityFailure {
  return new ActivityFailure('activity failed', 'open', '7', retryState, undefined, cause);
}

test('A deadline that passes between two attempts tells why the last one failed, as one that passes at its end does.', () => {
  const refused = ApplicationFailure.create({ type: 'MESSAGING_UNAVAILABLE', message: 'refused' });
  const ranOut = new TimeoutFailure('activity ScheduleToClose timeout', undefined, 'SCHEDULE_TO_CLOSE');
  // As the SDK keeps what the server said.
  ranOut.failure = { cause: { message: 'refused', applicationFailureInfo: { type: 'MESSAGING_UNAVAILABLE' } } };
  const expected = { code: 'DEADLINE_PASSED', message: 'The deadline passed while the step open waited: refused' };
  expect(errorOf(activityFailure(ranOut, RetryState.NON_RETRYABLE_FAILURE))).toMatchObject(expected);
  expect(errorOf(activityFailure(refused, RetryState.TIMEOUT))).toMatchObject(expected);
});

test('A deadline that passes before any attempt has failed says that no answer came.', () => {
  const ranOut = new TimeoutFailure('activity ScheduleToClose timeout', undefined, 'SCHEDULE_TO_CLOSE');
  expect(errorOf(activityFailure(ranOut, RetryState.TIMEOUT))).toMatchObject({
    code: 'DEADLINE_PASSED',
    message: 'The deadline passed while the step open waited: An attempt ended without an answer from its worker.',
  });
});
