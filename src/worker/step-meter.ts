import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { Meter, StepResult } from '../metrics';

/**
 * Reports every attempt of a step to the meter.
 *
 * @param accounts those of the configuration; the senders of transfers must not be able to add labels
 */
export function meterSteps(meter: Meter, accounts: ReadonlySet<string>): ActivityInterceptorsFactory {
  return ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const step = info.activityType.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
        const named = accountOf(input.args[0]);
        const account = accounts.has(named) ? named : '';
        const begun = performance.now();
        const tell = (result: StepResult, code: string | null): void =>
          meter.stepEnded(step, account, result, code, (performance.now() - begun) / 1000);
        try {
          const answer = await next(input);
          tell('ok', null);
          return answer;
        } catch (error) {
          if (error instanceof CancelledFailure) tell('cancelled', null);
          else tell(...endOf(error));
          throw error;
        }
      },
    },
  });
}

function endOf(error: unknown): [StepResult, string] {
  if (!(error instanceof ApplicationFailure)) return ['retried', 'INTERNAL'];
  return [error.nonRetryable === true ? 'failed' : 'retried', error.type ?? 'INTERNAL'];
}

/** The account is a top-level field of a step's input; steps for a page of a job have it in the page. */
function accountOf(input: unknown): string {
  const { account, page } = fieldsOf(input);
  const name = account ?? fieldsOf(page)['account'];
  return typeof name === 'string' ? name : '';
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}
