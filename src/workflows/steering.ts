import { CancellationScope, CancelledFailure, condition } from '@temporalio/workflow';
import { ERROR_TABLE } from '../errors/table';
import { TransferActivities } from './activities';
import type { Command, CommandName, TransferError } from '../contract';
import { Deadline } from './deadline';
import { errorOf, isCancellation, transferError } from './failures';
import type { ViewKeeper } from './view';

export interface SteeringOptions {
  readonly host: string;
  readonly deadlineMs: number;
  /** Milliseconds since the epoch. */
  readonly startedAtMs: number;
  readonly view: ViewKeeper;
  /** Prepares another host to take over; throws when that host cannot continue. */
  readonly arrive: (activities: TransferActivities) => Promise<void>;
  /** Called each time the transfer begins to wait for a person. */
  readonly onParked?: (error: TransferError) => void;
}

/** One try of a step, which a person's command may abort. */
interface Turn {
  readonly scope: CancellationScope;
  aborted: boolean;
}

/** The error to park with, or null to fail the transfer. */
type ParksAs = (error: TransferError) => TransferError | null;

const CANCELLED = 'The transfer was cancelled.';

const asTheTableSays: ParksAs = ({ code, message, remedy }) => {
  const { does, afterGivingUp } = ERROR_TABLE[code];
  // Errors that an activity retries reach the workflow only when the activity has given up.
  if (afterGivingUp !== undefined) return { code, message, remedy: afterGivingUp };
  return does === 'park' ? { code, message, remedy } : null;
};

/**
 * Runs the steps of a transfer under the control of people. The transfer parks when only a person can help; people
 * pause, resume, retry and move it. While it is parked or paused, nothing is scheduled and the history does not grow.
 * This class registers no handlers, so that a workflow can have one instance for each transfer.
 */
export class Steering {
  private readonly options: SteeringOptions;
  private readonly deadline: Deadline;
  private readonly applied = new Set<string>();
  private atHost: string;
  private movingTo: string | null = null;
  private paused = false;
  private parked: TransferError | null = null;
  private turn: Turn | null = null;
  private over = false;

  constructor(options: SteeringOptions) {
    this.options = options;
    this.atHost = options.host;
    this.deadline = new Deadline(options.deadlineMs, options.startedAtMs);
  }

  /** The host whose queues move the bytes now. */
  get host(): string {
    return this.atHost;
  }

  /** At least a second, because an activity needs some time. When the time is used up, the transfer parks. */
  readonly timeLeftMs = (): number => Math.max(1000, this.deadline.leftMs());

  /** Activities for the present host and the time that is left. Call it for each activity. */
  activities(): TransferActivities {
    return new TransferActivities(this.atHost, this.timeLeftMs);
  }

  /**
   * Runs a step to its end. Waits before the step while the transfer is paused or parked. Aborts the step when the
   * transfer is paused or moved, and repeats it afterwards, never at the same time as the attempt before. A step must
   * be idempotent.
   */
  async runStep<T>(step: () => Promise<T>): Promise<T> {
    for (;;) {
      await this.untilFree();
      if (this.movingTo !== null) {
        await this.move(this.movingTo);
      } else if (this.deadline.leftMs() <= 0) {
        this.parked = transferError(
          'DEADLINE_PASSED',
          `The deadline passed at the step ${this.options.view.now.step}.`,
        );
      } else {
        const done = await this.attempt(step, asTheTableSays);
        if (done !== null) return done.value;
      }
    }
  }

  /** Why a command cannot be applied, as a sentence; null when it can. */
  refusal(name: CommandName, { commandId, host }: Command): string | null {
    if (this.over) return 'The transfer is ending; it cannot be steered any more.';
    if (this.applied.has(commandId)) return 'This command was applied already.';
    if (name === 'resume') {
      if (this.paused) return null;
      return this.parked === null
        ? 'The transfer is not paused.'
        : 'The transfer is parked, not paused: a retry goes on with it.';
    }
    if (this.paused) {
      return name === 'pause' ? 'The transfer is paused already.' : 'The transfer is paused: resume it first.';
    }
    if (name === 'pause') return this.parked === null ? null : 'The transfer is parked: it stands still already.';
    if (this.parked !== null || this.options.view.now.state === 'waiting') return null;
    if (host === undefined) return 'The transfer is not parked: Ferry goes on with it by itself.';
    return host === (this.movingTo ?? this.atHost) ? `The transfer is with host ${host} already.` : null;
  }

  /** Applies a command that `refusal` does not refuse. */
  apply(name: CommandName, { commandId, host }: Command): void {
    if (commandId !== '') this.applied.add(commandId);
    if (name === 'retry') this.retry(host);
    else this.paused = name === 'pause';
    if (name !== 'resume') this.abortStep();
    this.show();
  }

  /** From now on every command is refused. */
  end(): void {
    this.over = true;
  }

  private retry(host: string | undefined): void {
    if (this.parked?.code === 'DEADLINE_PASSED') this.deadline.renew();
    this.parked = null;
    if (host !== undefined) this.movingTo = host === this.atHost ? null : host;
  }

  private abortStep(): void {
    if (this.turn === null) return;
    this.turn.aborted = true;
    this.turn.scope.cancel();
  }

  private async untilFree(): Promise<void> {
    if (!this.isHeld()) return;
    if (this.parked !== null) this.options.onParked?.(this.parked);
    this.deadline.stop();
    this.show();
    await condition(() => !this.isHeld());
    this.deadline.go();
  }

  private isHeld(): boolean {
    return this.paused || this.parked !== null;
  }

  private show(): void {
    const state = this.paused ? 'paused' : this.parked === null ? 'running' : 'parked';
    this.options.view.set({ state, error: state === 'parked' ? this.parked : null, nextTryAt: null });
  }

  private async move(host: string): Promise<void> {
    const done = await this.attempt(
      () => this.options.arrive(new TransferActivities(host, this.timeLeftMs)),
      ({ code, message }) => {
        this.movingTo = null;
        return transferError(
          code,
          `The transfer could not move to host ${host} and stays with ${this.atHost}: ${message}`,
        );
      },
    );
    if (done === null) return;
    this.atHost = host;
    if (this.movingTo === host) this.movingTo = null;
    this.options.view.set({ host });
  }

  /** Null when the attempt was aborted, or failed and parked the transfer: the caller tries again later. */
  private async attempt<T>(work: () => Promise<T>, parksAs: ParksAs): Promise<{ readonly value: T } | null> {
    const transferScope = CancellationScope.current();
    // A cancelled transfer must not start a step, and must not count it as started.
    if (transferScope.consideredCancelled) throw new CancelledFailure(CANCELLED);
    const turn: Turn = { scope: new CancellationScope(), aborted: false };
    this.turn = turn;
    try {
      return { value: await turn.scope.run(work) };
    } catch (thrown) {
      if (isCancellation(thrown)) {
        if (turn.aborted && !transferScope.consideredCancelled) return null;
        throw thrown;
      }
      const error = errorOf(thrown);
      // An attempt that failed while it was being cancelled counts as cancelled.
      if (transferScope.consideredCancelled && ERROR_TABLE[error.code].does !== 'fail')
        throw new CancelledFailure(CANCELLED);
      // An aborted attempt is repeated, so its failure is ignored unless it ends the transfer.
      if (turn.aborted && ERROR_TABLE[error.code].does !== 'fail') return null;
      this.parked = parksAs(error);
      if (this.parked === null) throw thrown;
      return null;
    } finally {
      this.turn = null;
    }
  }
}
