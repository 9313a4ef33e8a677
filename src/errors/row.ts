/**
 * What Ferry does by itself:
 * - `retry`: tries the step again with growing pauses, without end; an outage heals by itself
 * - `renew`: asks for a fresh signed URL or token and goes on; no failed attempt is counted
 * - `wait`: the transfer waits for something that others provide (a host, a key)
 * - `park`: only a person can fix it; the transfer waits until somebody retries it, and continues at the same step
 * - `fail`: can never succeed as asked
 */
export type Disposition = 'retry' | 'renew' | 'wait' | 'park' | 'fail';

/** The exit of a command that ends with the error. `failed`: the request was not carried out. */
type CommandEnd = 'fault' | 'usage' | 'failed' | 'unreachable' | 'timeout';

export interface ErrorRow {
  readonly meaning: string;
  readonly does: Disposition;
  /** What a person can do, as an imperative sentence. */
  readonly remedy: string;
  /** `nothing`: a person has nothing to do, as the remedy says. Absent: the remedy asks for an action. */
  readonly person?: 'nothing';
  /** Absent: `failed`. */
  readonly commandEnds?: CommandEnd;
  /** `away`: a service is away or overloaded, so calls to it are paced. Absent: the service works. */
  readonly service?: 'away';
  /** `workflow`: the workflow answers the error, so the attempts of the activity end. Absent: the activity is retried. */
  readonly retriedBy?: 'workflow';
  /** `possible`: the messaging service can refuse a single request with this meaning (`refusals` of an account). */
  readonly asRefusal?: 'possible';
  /** `gone`: the conversation may have been closed, or belong to an identity that was replaced. */
  readonly conversation?: 'gone';
  /** The remedy when Ferry parks the transfer after five attempts in a row that moved all bytes without success. */
  readonly afterGivingUp?: string;
  /**
   * The remedy for a line of a job that `ferry job retry` cannot help: the job keeps the line as it was, with the size
   * and the time of the file. Absent: a retry of the line may succeed.
   */
  readonly lineRemedy?: string;
  /** `unanswered`: as the answer to a look for an uploaded object, it leaves open whether the object exists. */
  readonly objectLook?: 'unanswered';
}
