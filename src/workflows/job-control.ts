import { CancellationScope, condition, isCancellation } from '@temporalio/workflow';
import type { TransferError } from '../contract';
import { ERROR_TABLE } from '../errors/table';
import type { Deadline } from './deadline';
import { errorOf } from './failures';

/**
 * Why the steps of pages are given up:
 * - `cancelled`, `expired`: by a person or by the deadline; the lines are settled as they stand
 * - `handover`: the workflow continues as new and takes the pages along
 */
export type End = 'cancelled' | 'expired' | 'handover';

/** Thrown by {@link JobControl.run} when a step is given up. */
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
  /** A cancelled job lets the step finish for a while: it may have had its effect already. @default false */
  readonly patient?: boolean;
}

/** What holds and breaks off the steps of a job's pages. While the job is held, nothing new is scheduled. */
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

  /** Why only a person can go on; null: nobody needs to act. */
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

  /** What runs goes on; it ends well without the clerk. */
  park(error: TransferError): void {
    this.why = error;
    this.keepTime();
  }

  unpark(): void {
    this.why = null;
    this.keepTime();
  }

  /** Steps that run start again, for example on another host. */
  breakOff(): void {
    this.stop(() => true);
  }

  /** From now on no step begins, and those that run are broken off: the patient ones only by {@link breakOff}. */
  giveUp(end: End): void {
    this.ending = end;
    this.stop(({ patient }) => end !== 'cancelled' || !patient);
  }

  /** Steps may begin again: another pass. */
  reopen(): void {
    this.ending = null;
  }

  /**
   * Runs a step to its end. Holds before it while the job is held; begins it anew after it was broken off, never beside
   * the attempt before. A step must be idempotent.
   *
   * @throws {GivenUp} and whatever the step throws by itself
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
        // Whatever went wrong with an attempt that was told to stop goes wrong again, unless it ends the step anyway.
        if (!isCancellation(thrown) && ERROR_TABLE[errorOf(thrown).code].does === 'fail') throw thrown;
      } finally {
        this.turns.delete(turn);
      }
    }
  }

  /** Waits inside a step, and not a moment longer than the step may run. */
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
