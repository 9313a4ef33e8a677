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
  /** Before another host takes over: throws when it cannot go on with what it has. */
  readonly arrive: (activities: TransferActivities) => Promise<void>;
  /** Each time when the transfer begins to wait for a person. */
  readonly onParked?: (error: TransferError) => void;
}

/** One try of a step; a person's command may break it off. */
interface Turn {
  readonly scope: CancellationScope;
  brokenOff: boolean;
}

/** As what an error parks the transfer; null: it does not, it ends it. */
type ParksAs = (error: TransferError) => TransferError | null;

const CANCELLED = 'The transfer was cancelled.';

const asTheTableSays: ParksAs = ({ code, message, remedy }) => {
  const { does, afterGivingUp } = ERROR_TABLE[code];
  // What its activity retries reaches the workflow only when the activity has given up.
  if (afterGivingUp !== undefined) return { code, message, remedy: afterGivingUp };
  return does === 'park' ? { code, message, remedy } : null;
};

/**
 * What people do to a transfer under way: it parks when only they can go on, and they pause, resume, retry and move it.
 * While it is held nothing is scheduled and its history does not grow. It registers no handlers, so that a workflow of
 * many lanes can have one for each.
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

  /** At least a second: an activity needs some time, and whoever uses it up is parked. */
  readonly timeLeftMs = (): number => Math.max(1000, this.deadline.leftMs());

  /** Of the present host and with the time that is left: to be asked for at each use. */
  activities(): TransferActivities {
    return new TransferActivities(this.atHost, this.timeLeftMs);
  }

  /**
   * Runs a step to its end: holds before it while the transfer is paused or parked, breaks it off when it is paused or
   * moved, and begins it anew afterwards, never beside the attempt before. A step must bear being begun anew.
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
    if (this.applied.has(commandId)) return 'This command was obeyed already.';
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

  /** Only what `refusal` does not refuse. */
  apply(name: CommandName, { commandId, host }: Command): void {
    if (commandId !== '') this.applied.add(commandId);
    if (name === 'retry') this.retry(host);
    else this.paused = name === 'pause';
    if (name !== 'resume') this.breakOff();
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

  private breakOff(): void {
    if (this.turn === null) return;
    this.turn.brokenOff = true;
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
        return transferError(code, `It could not go on on host ${host} and stays with ${this.atHost}: ${message}`);
      },
    );
    if (done === null) return;
    this.atHost = host;
    if (this.movingTo === host) this.movingTo = null;
    this.options.view.set({ host });
  }

  /** Null when it came to nothing and the transfer is held, or is to try anew. */
  private async attempt<T>(work: () => Promise<T>, parksAs: ParksAs): Promise<{ readonly value: T } | null> {
    const transferScope = CancellationScope.current();
    // Nothing may be begun any more, and nothing be counted as begun.
    if (transferScope.consideredCancelled) throw new CancelledFailure(CANCELLED);
    const turn: Turn = { scope: new CancellationScope(), brokenOff: false };
    this.turn = turn;
    try {
      return { value: await turn.scope.run(work) };
    } catch (thrown) {
      if (isCancellation(thrown)) {
        if (turn.brokenOff && !transferScope.consideredCancelled) return null;
        throw thrown;
      }
      const error = errorOf(thrown);
      // An attempt that failed by itself while it was told to stop is not tried again: the stop is what ended it.
      if (transferScope.consideredCancelled && ERROR_TABLE[error.code].does !== 'fail')
        throw new CancelledFailure(CANCELLED);
      // Whatever went wrong with an attempt that was broken off goes wrong again, unless it ends the transfer anyway.
      if (turn.brokenOff && ERROR_TABLE[error.code].does !== 'fail') return null;
      this.parked = parksAs(error);
      if (this.parked === null) throw thrown;
      return null;
    } finally {
      this.turn = null;
    }
  }
}
