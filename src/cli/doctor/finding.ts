import { FerryError, toFerryError, type ErrorCode } from '../../errors';
import { remedyFor } from '../shared/output/remedy';

/** `ok`: works. `warn`: works, with a reservation. `no`: does not work; the remedy says what to do. */
type Verdict = 'ok' | 'warn' | 'no';

export interface Finding {
  /** The name of the check, one or two words. */
  readonly check: string;
  readonly result: Verdict;
  /** A full sentence, or the fact itself. */
  readonly message: string;
  readonly remedy?: string;
}

export interface Check {
  readonly name: string;
  readonly look: () => Promise<readonly Finding[]>;
  /** The remedy when a service does not answer. A transfer waits then, but a person who runs doctor wants to act. */
  readonly whenAway?: string;
  /** Errors that belong to another check, because this check must pass that one first. */
  readonly belongs?: Readonly<Partial<Record<ErrorCode, string>>>;
}

/** Runs one check; an error becomes its finding. */
export async function lookAt({ name, look, whenAway, belongs }: Check): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (thrown) {
    const slow = thrown instanceof Error && (thrown.name === 'TimeoutError' || thrown.name === 'AbortError');
    const error = slow ? new FerryError('MESSAGING_UNAVAILABLE', 'No answer came in time.') : toFerryError(thrown);
    const remedy = error.row.person === 'nothing' ? (whenAway ?? error.remedy) : error.remedy;
    const check = belongs?.[error.code] ?? name;
    return [{ check, result: 'no', message: error.message, remedy: remedyFor(remedy, undefined) }];
  }
}
