/** The limits of an account: shared, lost, changed by people, taken in turns, and over two runs. */
import type { WorkflowHandle } from '@temporalio/client';
import { LIMITS_SIGNAL, limitsWorkflowId, type ChangeRequest } from '../../src/contract';
import { waitFor } from '../support/wait-for';
import { change, join, lessee, limited, view, withLessees } from '../workflows/lessees';
import type { Stage } from '../workflows/stand-ins';
import { over, type Scenarios } from './scenario';

/** A lost lease takes 8 s to be noticed. */
const WITHIN_MS = 30_000;

type Lessees = readonly [ReturnType<typeof lessee>, ReturnType<typeof lessee>];

/** Two workers join; then the scenario goes on. Their ids are the account's, so that scenarios do not meet. */
function withTwo(
  isSecondAlive: boolean,
  play: (stage: Stage, account: string, lessees: Lessees) => Promise<WorkflowHandle>,
) {
  return (stage: Stage, account: string): Promise<WorkflowHandle> => {
    const lessees: Lessees = [lessee(`${account}.one`), lessee(`${account}.two`, isSecondAlive)];
    return withLessees(stage, lessees, async () => {
      for (const { workerId } of lessees) await join(stage.client, account, workerId);
      await until(() => lessees.every(({ share }) => share?.requests === 4));
      return await play(stage, account, lessees);
    });
  };
}

function until(isSo: () => boolean | Promise<boolean>): Promise<true> {
  return waitFor(async () => ((await isSo()) ? true : undefined), WITHIN_MS);
}

function changeTo(requests: number | null): ChangeRequest {
  const [by, reason] = ['ada@desk', 'trial'];
  if (requests === null) return { change: null, by, reason };
  return { id: `to ${requests}`, adds: true, change: { values: { requests }, until: null, by, reason }, by, reason };
}

function handleOf({ client }: Stage, account: string, runId?: string): WorkflowHandle {
  return client.workflow.getHandle(limitsWorkflowId(account), runId);
}

/** The server of the recorder suggests early to continue as new. */
async function untilContinued(stage: Stage, account: string): Promise<WorkflowHandle> {
  const current = handleOf(stage, account);
  const { runId } = await current.describe();
  for (let round = 0; (await current.describe()).runId === runId; round += 1)
    await change(stage.client, account, changeTo(3 + (round % 4)));
  return handleOf(stage, account, runId);
}

async function leave(stage: Stage, account: string, lessees: Lessees): Promise<WorkflowHandle> {
  const { runId } = await handleOf(stage, account).describe();
  for (const one of lessees) one.leave();
  return over(handleOf(stage, account, runId));
}

export const limitsScenarios: Scenarios = {
  'limits-shared-changed-and-refused': {
    run: withTwo(true, async (stage, account, lessees) => {
      const [one, two] = lessees;
      const handle = handleOf(stage, account);
      await handle.signal(LIMITS_SIGNAL.demand, { workerId: one.workerId, demand: { requests: 1, transfers: 0 } });
      await until(() => two.share?.requests === 7);
      await change(stage.client, account, changeTo(6));
      await handle.signal(LIMITS_SIGNAL.change, changeTo(4));
      await until(() => (one.share?.requests ?? 0) + (two.share?.requests ?? 0) === 4);
      const refusal = { workerId: two.workerId, kind: 'requests', inFlight: 3, retryAfterMs: 1000 };
      await handle.signal(LIMITS_SIGNAL.refused, refusal);
      await until(async () => (await view(stage.client, account)).now.requests === 3);
      await change(stage.client, account, changeTo(null));
      return await leave(stage, account, lessees);
    }),
  },
  'limits-worker-lost': {
    run: withTwo(false, async (stage, account, [one, two]) => {
      await until(() => one.share?.requests === 8);
      return await leave(stage, account, [one, two]);
    }),
  },
  'limits-worker-ended': {
    run: async (stage, account) => {
      const lessees: Lessees = [lessee(`${account}.one`), lessee(`${account}.two`, false)];
      return await withLessees(stage, lessees, async () => {
        for (const [at, { workerId }] of lessees.entries())
          await join(stage.client, account, workerId, limited, { pid: at + 1, startTime: '1', world: 'x' });
        await until(() => lessees.every(({ share }) => share?.requests === 4));
        const [one, two] = lessees;
        await handleOf(stage, account).signal(LIMITS_SIGNAL.ended, { workerId: two.workerId });
        await until(() => one.share?.requests === 8);
        return await leave(stage, account, [one, two]);
      });
    },
  },
  'limits-taken-in-turns': {
    run: withTwo(true, async (stage, account, lessees) => {
      await change(stage.client, account, changeTo(1));
      const turns = new Set<string>();
      await until(() => {
        for (const { workerId, share } of lessees) if (share?.requests === 1) turns.add(workerId);
        return turns.size === 2;
      });
      await change(stage.client, account, changeTo(null));
      return await leave(stage, account, lessees);
    }),
  },
  'limits-until-it-continues-as-new': { run: withTwo(true, untilContinued) },
  'limits-after-it-continued': {
    run: withTwo(true, async (stage, account, lessees) => {
      await untilContinued(stage, account);
      await until(() => lessees.every(({ leases }) => leases.length === 2));
      await change(stage.client, account, changeTo(null));
      return await leave(stage, account, lessees);
    }),
  },
};
