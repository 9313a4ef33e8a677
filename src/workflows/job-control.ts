import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { TransferError } from '../contract';
import { ERROR_TABLE } from '../errors/table';
import type { Deadline } from './deadline';
import { errorOf } from './failures';

/**
 * The reasons to abandon the steps of pages:
 * - `cancelled`, `expired`: by a person or by the deadline; the lines are settled with their present state
 * - `handover`: the workflow continues as new and passes the pages on
 */
export type End = 'cancelled' | 'expired' | 'handover';

/** Thrown by {@link JobControl.run} when a step is abandoned. */
export class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/** One try of a step. */
interface Turn {
  readonly scope: CancellationScope;
  readonly patient: boolean;
  brokenOff: boolean;
}

export interface RunOptions {
  /**
   * True: a cancelled job gives the step some time to finish, because it may have had its effect already. @default
   * false
   */
  readonly patient?: boolean;
}

/** Holds and aborts the steps of a job's pages. While the job is held, nothing new is scheduled. */
export class JobControl {
  private readonly deadline: Deadline;
  private readonly turns = new Set<Turn>();
  private isPaused: boolean;
  private why: TransferError | null;
  private ending: End | null = null;

  constructor(deadline: Deadline, paused: boolean, parked: TransferError | null) {
    this.deadline = deadline;
    this.isPaused = paused;
    this.why = parked;
    this.keepTime();
  }

  get paused(): boolean {
    return this.isPaused;
  }

  /** Why a person has to act; null when nobody has to. */
  get parked(): TransferError | null {
    return this.why;
  }

  get end(): End | null {
    return this.ending;
  }

  get isHeld(): boolean {
    return this.isPaused || this.why !== null;
  }

  pause(): void {
    this.isPaused = true;
    this.keepTime();
    this.breakOff();
  }

  resume(): void {
    this.isPaused = false;
    this.keepTime();
  }

  /** Running steps continue, because they do not need the clerk. */
  park(error: TransferError): void {
    this.why = error;
    this.keepTime();
  }

  unpark(): void {
    this.why = null;
    this.keepTime();
  }

  /** Restarts the running steps, for example on another host. */
  breakOff(): void {
    this.stop(() => true);
  }

  /** From now on no step starts, and running steps are aborted. Patient steps are aborted only by {@link breakOff}. */
  giveUp(end: End): void {
    this.ending = end;
    this.stop(({ patient }) => end !== 'cancelled' || !patient);
  }

  /** Allows steps again, for another pass. */
  reopen(): void {
    this.ending = null;
  }

  /**
   * Runs a step to its end. Waits before the step while the job is held, and repeats the step after an abort, never
   * beside the previous attempt. A step must be idempotent.
   *
   * @throws {GivenUp}, and the errors of the step itself
   */
  async run<T>(step: () => Promise<T>, { patient = false }: RunOptions = {}): Promise<T> {
    for (;;) {
      await condition(() => this.ending !== null || !this.isHeld);
      if (this.ending !== null) throw new GivenUp(this.ending);
      const turn: Turn = { scope: new CancellationScope(), patient, brokenOff: false };
      this.turns.add(turn);
      try {
        return await turn.scope.run(step);
      } catch (thrown) {
        if (!turn.brokenOff) throw thrown;
        // The error of an aborted attempt is ignored unless it ends the step. If it persists, the next attempt meets it
        // again.
        if (!isCancellation(thrown) && ERROR_TABLE[errorOf(thrown).code].does === 'fail') throw thrown;
      } finally {
        this.turns.delete(turn);
      }
    }
  }

  /** Waits inside a step, and stops waiting as soon as the step is aborted. */
  async pauseFor(ms: number): Promise<void> {
    await condition(() => this.ending !== null || this.isHeld, ms);
  }

  private stop(which: (turn: Turn) => boolean): void {
    for (const turn of this.turns) {
      if (!which(turn)) continue;
      turn.brokenOff = true;
      turn.scope.cancel();
    }
  }

  private keepTime(): void {
    if (this.isHeld) this.deadline.stop();
    else this.deadline.go();
  }
}
