import * as fc from 'fast-check';
import { EXIT, exitOf, worstExit, type ExitCode } from '../../../src/cli/shared/exit-codes';
import { ERROR_CODES } from '../../../src/errors';

describe('exit codes', () => {
  test('of several that apply, the first of 1, 2, 4, 3, 5, 0 is used', () => {
    const order: ExitCode[] = [1, 2, 4, 3, 5, 0];
    fc.assert(
      fc.property(fc.subarray(order, { minLength: 1 }), (some) => {
        expect(worstExit([...some].reverse())).toBe(some[0]);
      }),
    );
    expect(worstExit([])).toBe(EXIT.done);
  });

  test('every code of the table has an exit code, and only a fault of ours is 1', () => {
    const faults = ERROR_CODES.filter((code) => exitOf(code) === EXIT.fault);
    expect(faults.sort()).toEqual(['ENGINE_FAILED', 'INTERNAL']);
    expect(exitOf('TEMPORAL_UNREACHABLE')).toBe(4);
    expect(exitOf('TIMEOUT')).toBe(5);
    expect(exitOf('ACCOUNT_UNKNOWN')).toBe(2);
    expect(exitOf('STORAGE_REFUSED')).toBe(3);
  });
});
