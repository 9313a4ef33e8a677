/**
 * Keeps every workflow task of a job from being empty.
 *
 * Hazard of the SDK (temporalio/sdk-core, `find_end_index_of_next_wft_seq`; see temporalio/sdk-python#1591): a worker
 * without the workflow in its memory takes a task without commands and the task after it for one. When the second began
 * with an update, the update then comes before what the first task was about. A later replay keeps the two apart,
 * finds another order of commands, and the workflow never goes on.
 */
import { defaultPayloadConverter } from '@temporalio/common';
import { patched, workflowInfo, type WorkflowInterceptors } from '@temporalio/workflow';
import { WORKFLOW } from '../contract';

/** Jobs of 0.2.0-rc.1 have empty tasks. Its marker is also the command of the first task. */
const NO_EMPTY_TASKS = 'no-empty-tasks';

const MEMO = 'task';

type Internals = NonNullable<WorkflowInterceptors['internals']>[number];
type Activation = Parameters<NonNullable<Internals['activate']>>[0]['activation'];
type Job = NonNullable<Activation['jobs']>[number];
type Command = Parameters<NonNullable<Internals['concludeActivation']>>[0]['commands'][number];

export const interceptors = (): WorkflowInterceptors => {
  let isOn = false;
  let hasEvents = false;
  return {
    inbound: [
      {
        execute(input, next) {
          isOn = workflowInfo().workflowType === WORKFLOW.job && patched(NO_EMPTY_TASKS);
          return next(input);
        },
      },
    ],
    internals: [
      {
        // Called several times for one activation.
        activate(input, next) {
          hasEvents ||= (input.activation.jobs ?? []).some(isOfEvent);
          next(input);
        },
        concludeActivation(input, next) {
          const output = next(input);
          const isEmpty = isOn && hasEvents && !output.commands.some(makesEvent);
          hasEvents = false;
          return isEmpty ? { commands: [...output.commands, memoCommand()] } : output;
        },
      },
    ],
  };
};

/** Queries and refused updates leave nothing in history, so a replay does not have them. */
function isOfEvent({ queryWorkflow, doUpdate, notifyHasPatch, updateRandomSeed, removeFromCache }: Job): boolean {
  return [queryWorkflow, doUpdate, notifyHasPatch, updateRandomSeed, removeFromCache].every((job) => !job);
}

function makesEvent({ respondToQuery, updateResponse }: Command): boolean {
  return !respondToQuery && !updateResponse?.rejected;
}

/** The cheapest command that changes nothing: the server merges it into the memo. */
function memoCommand(): Command {
  return { modifyWorkflowProperties: { upsertedMemo: { fields: { [MEMO]: defaultPayloadConverter.toPayload(1) } } } };
}
