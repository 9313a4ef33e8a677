import { open, rm, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RunLog } from './journal';
import type { Machine } from './machine';
import { WORKERS, type Action, type Plan } from './plan';
import type { PutCounter } from './put-count';
import type { SandboxView } from './sandbox-view';
import type { Stage } from './stage';

export interface Performance {
  readonly plan: Plan;
  readonly stage: Stage;
  readonly machine: Machine;
  readonly view: SandboxView;
  readonly puts: PutCounter;
  readonly log: RunLog;
}

/** Carries out the plan's actions at their times; resolves when the last one has ended and all is mended. */
export async function perform(facilities: Performance): Promise<void> {
  const { plan, log, view, stage } = facilities;
  // What one part is in the middle of is not disturbed by its next action; restarts may take longer than planned.
  const busy = new Map<string, Promise<void>>();
  const all = plan.actions.map(async (action) => {
    await sleep(Math.max(0, action.atMs - log.now()));
    const who = 'part' in action ? action.part : action.kind;
    // The database is handled while nothing else is done to the processes that use it.
    const names: readonly string[] = action.kind.endsWith('-database') ? DATABASE_USERS : [who];
    const turn = Promise.all(names.map((name) => busy.get(name) ?? Promise.resolve())).then(() =>
      carryOut(action, facilities),
    );
    for (const name of names) busy.set(name, turn);
    await turn;
  });
  await Promise.all(all);
  await sleep(Math.max(0, plan.forMs - log.now()));
  await writeFile(stage.clockFile, '0');
  await view.clearFaults();
}

async function carryOut(action: Action, facilities: Performance): Promise<void> {
  const { plan, machine, log, stage, view, puts } = facilities;
  const { atMs: _, ...facts } = action;
  const leftMs = plan.forMs - log.now();
  // On a slow machine a part may have just come back when its next action is long due: it must get to work in between.
  const isLate = log.now() - action.atMs > LATEST_MS && !action.kind.endsWith('-database');
  if (leftMs <= 0 || isLate) return log.add('too-late', facts);
  switch (action.kind) {
    case 'kill':
    case 'stop':
    case 'restart':
      if (action.part === 'sandbox') await puts.look();
      log.add(action.kind, { part: action.part, forMs: action.forMs });
      await machine[action.kind](action.part, Math.min(action.forMs, leftMs));
      log.add('back', { part: action.part, after: action.kind });
      return;
    case 'aimed-kill': {
      const met = await aim(action, view);
      log.add('kill', { part: action.part, forMs: action.forMs, aim: action.aim.at, met });
      await machine.kill(action.part, Math.min(action.forMs, Math.max(0, plan.forMs - log.now())));
      log.add('back', { part: action.part, after: 'kill' });
      return;
    }
    case 'fault': {
      const reached = await view.addFault(action.rule).then(
        () => true,
        () => false,
      );
      log.add(reached ? 'fault' : 'fault-not-taken', facts.kind === 'fault' ? { rule: facts.rule } : {});
      return;
    }
    case 'copy-database':
      await machine.copyDatabase();
      return log.add('copy-database');
    case 'restore-database':
      if (log.count('copy-database') === 0) return log.add('too-late', facts);
      await machine.restoreDatabase();
      return log.add('restore-database');
    case 'fill-disk':
      if (stage.smallDisk) await fillDisk(stage, Math.min(action.forMs, leftMs), log);
      return;
    case 'step-clock':
      log.add('step-clock', { offsetMs: action.offsetMs });
      // Renamed into place: it is read at any moment.
      await writeFile(`${stage.clockFile}.new`, String(action.offsetMs));
      await rename(`${stage.clockFile}.new`, stage.clockFile);
  }
}

const LATEST_MS = 1000;

const DATABASE_USERS = ['temporal', ...WORKERS];

const AIM_FOR_MS = 10_000;

/** Waits for a request at the point; false when none came, or the sandbox is away: then it is a kill like any other. */
async function aim(action: Extract<Action, { kind: 'aimed-kill' }>, view: SandboxView): Promise<boolean> {
  const { at } = action.aim;
  const left = async (): Promise<number> =>
    (await view.faults()).filter((rule) => rule.at === at).reduce((sum, { times = 0 }) => sum + times, 0);
  try {
    await view.addFault(action.aim);
    const before = await left();
    for (const end = performance.now() + AIM_FOR_MS; performance.now() < end; await sleep(30)) {
      if ((await left()) >= before) continue;
      await sleep(action.lateMs);
      return true;
    }
  } catch {
    // Stopped or dead itself.
  }
  return false;
}

async function fillDisk(stage: Stage, forMs: number, log: RunLog): Promise<void> {
  const path = join(stage.root, 'small/filler');
  const file = await open(path, 'w');
  const block = Buffer.alloc(1 << 20);
  try {
    log.add('fill-disk', { forMs });
    const end = log.now() + forMs;
    // What becomes free meanwhile (a cancelled part) is taken, too.
    for (let size = block.length; log.now() < end;) {
      const written = await file.write(block, 0, size).then(
        ({ bytesWritten }) => bytesWritten,
        () => 0,
      );
      if (written === size) continue;
      if (size > 1) size = Math.max(1, size >> 1);
      else await sleep(50);
    }
  } finally {
    await file.close();
    await rm(path, { force: true });
    log.add('disk-free');
  }
}
