import { workflowInfo } from '@temporalio/workflow';
import { WORKFLOW, type TransferInput, type TransferResult } from '../contract';
import { closeUnfinished } from './closing';
import { acceptCommands } from './commands';
import { acceptComparisons } from './comparing';
import { checkedStart } from './inputs';
import { CommandRecord } from './record';
import { SourceFile } from './source-file';
import { Steering } from './steering';
import { transferFile } from './transfer-file';
import { tellJob } from './tell-job';
import { tellOf } from './tell';
import { newRun, type TransferRun } from './transfer-run';
import { keepView } from './view';

/**
 * Takes one file through all steps.
 *
 * The close status of the workflow decides what an equal send does later. A transfer that failed or was cancelled, and
 * surely published nothing, closes as failed or cancelled: an equal send starts again. Every other transfer closes as
 * completed: an equal send attaches to it.
 */
export async function transfer(given: TransferInput): Promise<TransferResult> {
  const input = checkedStart(WORKFLOW.transfer, given);
  const view = keepView({
    transferId: input.transferId,
    account: input.account,
    consumer: input.consumer,
    host: input.host,
    source: input.source.path,
    sizeBytes: input.source.sizeBytes,
    step: 'inspect',
  });
  const source = new SourceFile(input);
  const steering = new Steering({
    host: input.host,
    deadlineMs: input.deadlineMs,
    startedAtMs: workflowInfo().startTime.getTime(),
    view,
    arrive: (activities) => source.arrive(activities),
    onParked(error) {
      void tellJob(input.job, { state: 'parked', receipt: null, error });
      void tellOf('parked', input, error);
    },
  });
  const run = newRun({ input, view, steering, source });
  const { transferId, account, consumer } = input;
  const subject = { transferId, account, consumer, source: input.source.path };
  const record = new CommandRecord(subject, () => steering.host);
  acceptCommands(steering, view, record);
  acceptComparisons(run);
  try {
    const receipt = await transferFile(run);
    view.end({ state: 'done' }, receipt);
    await tellJob(input.job, { state: 'done', receipt, error: null });
    return { state: 'done', receipt, error: null };
  } catch (thrown) {
    return await closeAndTell(run, thrown);
  } finally {
    await record.settled();
  }
}

async function closeAndTell(run: TransferRun, thrown: unknown): Promise<TransferResult> {
  const { job } = run.input;
  try {
    const result = await closeUnfinished(run, thrown);
    await tellJob(job, result);
    if (result.state === 'failed' && result.error !== null) await tellOf('failed', run.input, result.error);
    return result;
  } catch (closed) {
    const { state, error } = run.view.now;
    await tellJob(job, { state: state === 'cancelled' ? 'cancelled' : 'failed', receipt: null, error });
    if (state === 'failed' && error !== null) await tellOf('failed', run.input, error);
    throw closed;
  }
}
