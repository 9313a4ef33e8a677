import { FerryError, toFerryError, type ErrorCode } from '../../errors';

/** `ok`: fine. `warn`: works, but. `no`: does not work; the remedy says what to do. */
type Verdict = 'ok' | 'warn' | 'no';

export interface Finding {
  /** What was looked at, in a word or two. */
  readonly check: string;
  readonly result: Verdict;
  /** A full sentence, or the fact itself. */
  readonly message: string;
  readonly remedy?: string;
}

export interface Check {
  readonly name: string;
  readonly look: () => Promise<readonly Finding[]>;
  /** Where to look when nobody answers: a transfer only waits then, but who asks the doctor wants to do something. */
  readonly whenAway?: string;
  /** Errors that are the matter of another check, which can only be made on the way to this one. */
  readonly belongs?: Readonly<Partial<Record<ErrorCode, string>>>;
}

/** Runs one check; what it throws is its finding. */
export async function lookAt({ name, look, whenAway, belongs }: Check): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (thrown) {
    const slow = thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError');
    const error = slow ? new FerryError('MESSAGING_UNAVAILABLE', 'No answer came in time.') : toFerryError(thrown);
    const remedy = error.row.person === 'nothing' ? (whenAway ?? error.remedy) : error.remedy;
    return [{ check: belongs?.[error.code] ?? name, result: 'no', message: error.message, remedy }];
  }
}
