import { temporal } from '@temporalio/proto';
import { toClientError } from '../../src/client/failures';
import { failureOf } from '../../src/client/failure-words';

const context = { address: '10.0.0.7:7233', namespace: 'ferry', transferId: 'acme-plan-0000000000' };

function grpcError(code: number, details: string): Error {
  return Object.assign(new Error(`${code} RAW: ${details}`), { code, details, metadata: {} });
}

test.each([
  [
    14,
    'No connection established. Last error: Error: connect ECONNREFUSED 10.0.0.7:7233.',
    'TEMPORAL_UNREACHABLE',
    'refused',
  ],
  [14, 'Last error: Error: self-signed certificate in certificate chain', 'TEMPORAL_UNREACHABLE', 'not trusted'],
  [14, "Last error: Hostname/IP does not match certificate's altnames", 'TEMPORAL_UNREACHABLE', 'for another host'],
  [14, 'Connection dropped', 'TEMPORAL_UNREACHABLE', 'connection lost'],
  [14, 'something new', 'TEMPORAL_UNREACHABLE', 'not available'],
  [4, 'Deadline exceeded after 4s', 'TEMPORAL_UNREACHABLE', 'timeout'],
  [13, 'Received RST_STREAM with code 2', 'TEMPORAL_UNREACHABLE', 'connection lost'],
  [12, 'Received HTTP status code 404', 'TEMPORAL_UNREACHABLE', 'not Temporal'],
  [16, 'Jwt is missing', 'CREDENTIALS_REFUSED', 'Jwt is missing.'],
  [7, 'Request unauthorized.', 'CREDENTIALS_REFUSED', 'unauthorized.'],
  [8, 'namespace rate limit exceeded', 'THROTTLED', 'rate limit'],
  [5, 'Namespace ferry is not found.', 'NOT_CONFIGURED', 'has no namespace ferry'],
  [5, 'workflow not found for ID: x', 'TRANSFER_UNKNOWN', 'acme-plan-0000000000'],
  [3, 'Namespace ferry has no mapping defined for search attribute FerryState', 'NOT_CONFIGURED', 'FerryState'],
  [3, 'invalid query', 'INTERNAL', 'invalid query'],
])("gRPC's %i %s becomes %s.", (code, details, expected, words) => {
  const wrapped = new Error('Failed to do it', { cause: grpcError(code, details) });
  for (const raw of [grpcError(code, details), wrapped]) {
    const error = toClientError(raw, context);
    expect(error.code).toBe(expected);
    expect(error.message).toContain(words);
    expect(error.message).not.toContain('RAW');
  }
});

test('A failure is read through what only wraps it, and an unknown one is a fault of ours.', () => {
  const storage = { message: 'Storage is away.', applicationFailureInfo: { type: 'STORAGE_UNAVAILABLE' } };
  expect(failureOf({ message: 'Activity task failed', activityFailureInfo: {}, cause: storage })).toMatchObject({
    code: 'STORAGE_UNAVAILABLE',
    message: 'Storage is away.',
  });
  expect(failureOf({ message: 'x is not a function', applicationFailureInfo: { type: 'TypeError' } })?.code).toBe(
    'INTERNAL',
  );
  expect(failureOf({ message: 'odd', applicationFailureInfo: { type: 'toString' } })?.code).toBe('INTERNAL');
});

const { TimeoutType } = temporal.api.enums.v1;

test.each([
  [TimeoutType.TIMEOUT_TYPE_HEARTBEAT, 'NO_WORKER', 'The worker stopped sending heartbeats'],
  [TimeoutType.TIMEOUT_TYPE_SCHEDULE_TO_CLOSE, 'DEADLINE_PASSED', 'Last: Storage is away.'],
  [TimeoutType.TIMEOUT_TYPE_START_TO_CLOSE, 'STALLED', 'did not end within its time'],
])('A timeout of type %i is told as %s.', (timeoutType, code, words) => {
  const cause = { message: 'Storage is away.', applicationFailureInfo: { type: 'STORAGE_UNAVAILABLE' } };
  const failure = failureOf({ message: 'activity timeout', timeoutFailureInfo: { timeoutType }, cause });
  expect(failure?.code).toBe(code);
  expect(failure?.message).toContain(words);
});
