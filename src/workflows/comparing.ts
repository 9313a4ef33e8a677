import { HandlerUnfinishedPolicy } from '@temporalio/common';
import { CancellationScope, defineUpdate, setHandler } from '@temporalio/workflow';
import { COMPARE_UPDATE, type Comparison } from '../contract';
import { checkAddressed } from './inputs';
import type { TransferRun } from './transfer-run';

/** Longest wait for a digest, because a person waits for the answer. */
const DIGEST_WITHIN_MS = 5000;

/**
 * Answers whether the file is still the file that this transfer has uploaded. If it is not, a send of the same name, size
 * and time does not attach to this transfer. Call it before the workflow's first await.
 */
export function acceptComparisons(run: TransferRun): void {
  setHandler(defineUpdate<Comparison, [unknown]>(COMPARE_UPDATE), () => compare(run), {
    validator: (given) => checkAddressed(COMPARE_UPDATE, given),
    // The sender asks again when the transfer has ended.
    unfinishedPolicy: HandlerUnfinishedPolicy.ABANDON,
  });
}

async function compare({ input, source, steering }: TransferRun): Promise<Comparison> {
  const uploadedMd5 = source.md5;
  if (uploadedMd5 === null) return { uploadedMd5, presentMd5: null };
  const { account, consumer } = input;
  const summary = 'is the file still the one that was uploaded?';
  const options = { summary, scheduleToCloseTimeout: DIGEST_WITHIN_MS };
  try {
    // A cancel of the transfer must not fail the answer.
    const { md5 } = await CancellationScope.nonCancellable(() =>
      steering.activities().onHost('digestSource', { account, consumer, path: input.source.path }, options),
    );
    return { uploadedMd5, presentMd5: md5 };
  } catch {
    return { uploadedMd5, presentMd5: null };
  }
}
