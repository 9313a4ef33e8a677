import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { existsSync, readFileSync } from 'node:fs';
import { connectFerry, locateTemporal } from '../../../src/client';
import { findOrFetchTemporal } from '../../../src/engine';
import { testCacheDir } from '../../support/temporal';
import { openLog, type RunLog } from './journal';
import { createMachine } from './machine';
import type { ChaosOptions } from './options';
import { readOutcomes } from './outcomes';
import { perform, type Performance } from './perform';
import { CONSUMERS, makePlan, type Plan } from './plan';
import { PutCounter } from './put-count';
import type { Result } from './report';
import { sandboxView } from './sandbox-view';
import { judgeSecrets, readHistories } from './secrets';
import { createSenders, type Sent } from './senders';
import { buildStage, CLI, type Stage } from './stage';
import { embeddedPlace, type TemporalPlace } from './temporal-place';
import {
  explains,
  judgeConversations,
  judgeFiles,
  judgeMessages,
  judgeOutcomes,
  judgeUploads,
  type Finding,
} from './truth';

const LOOK_EVERY_MS = 2000;

/**
 * One run from an empty directory to an empty directory. Ends everything that it has started, also when it fails.
 *
 * @param cluster on which Temporal the run takes place; absent: on an embedded one of its own
 */
export async function runChaos(
  options: ChaosOptions,
  print: (line: string) => void,
  cluster?: TemporalPlace,
): Promise<Result> {
  if (!existsSync(CLI)) throw new Error('dist/ is missing: npm run build first');
  const plan = options.replay === null ? makePlan(options, cluster !== undefined) : readPlan(options.replay);
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const place = cluster ?? (await embeddedPlace());
  const stage = await buildStage(plan, place.env);
  const log = openLog([join(stage.logs, 'chaos.jsonl'), ...(options.log === null ? [] : [options.log])], print);
  const machine = createMachine({ plan, stage, binary, place, log });
  const view = sandboxView(stage.sandboxPort);
  const puts = new PutCounter(view);
  const performance = { plan, stage, machine, view, puts, log };
  let closing: Promise<void> | null = null;
  const close = (): Promise<void> => (closing ??= machine.close());
  const onSignal = (): void => {
    void close()
      .then(() => stage.close(options.keep))
      .finally(() => process.exit(130));
  };
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    log.add('plan', { plan });
    await machine.startAll();
    log.begin();
    log.add('ready');
    const live = await liveThrough(performance, options);
    await close();
    const resent = judgeUploads(puts.now, live.outcomes.length, log, plan);
    const findings = [...live.findings, ...resent, ...(await judgeSecrets(stage, live.histories))];
    return { ...live, plan, findings, puts: puts.now, log, leftOut: leftOut(stage) };
  } finally {
    await close();
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    const kept = await stage.close(options.keep);
    if (kept !== null) print(`kept: ${kept}`);
  }
}

/** Everything that needs the machine to run: the storm, the calm after it, and what both ends say then. */
async function liveThrough(performance: Performance, { settleSeconds }: ChaosOptions) {
  const { plan, stage, puts, log } = performance;
  const looking = setInterval(() => void puts.look(), LOOK_EVERY_MS);
  const senders = createSenders(plan, stage, log);
  try {
    const [all] = await Promise.all([senders.run(), perform(performance)]);
    log.add('calm');
    if (log.count('restore-database') > 0) await senders.again();
    return await lookAtBothEnds(performance, all, settleSeconds);
  } finally {
    senders.stop();
    clearInterval(looking);
    await puts.look();
  }
}

async function lookAtBothEnds({ plan, stage, view, log }: Performance, all: readonly Sent[], settleSeconds: number) {
  const calmAt = globalThis.performance.now();
  const located = await locateTemporal({ env: stage.env('a'), cwd: stage.root, hostId: 'a' });
  const { namespace } = located;
  const connection = await Connection.connect({ ...located.connection, channelArgs: { 'grpc.enable_http_proxy': 0 } });
  const ferry = await connectFerry({ connection: located.connection, namespace, hostId: 'a' });
  try {
    const client = new Client({ connection, namespace });
    const outcomes = await readOutcomes(ferry, all, calmAt + settleSeconds * 1000, explains(log, plan));
    const settledMs = globalThis.performance.now() - calmAt;
    log.add('settled');
    const findings: Finding[] = [
      ...judgeOutcomes(outcomes),
      ...(await judgeMessages(outcomes, view)),
      ...(await judgeConversations(view, CONSUMERS.length)),
      ...(await judgeFiles(outcomes, stage)),
      ...deaths(log),
    ];
    const messages = (await view.messages()).filter(({ contentType }) => contentType === 'hosted/file').length;
    const histories = await readHistories(client, all);
    return { outcomes, settledMs, findings, messages, histories };
  } finally {
    await ferry.close();
    await connection.close();
  }
}

/** Nobody told them to end; they were started again, but they should not have died. */
function deaths(log: RunLog): Finding[] {
  const died = log.count('died');
  const refused = log.count('send-refused');
  const twice = log.count('sent-twice');
  return [
    ...(died > 0 ? [{ kind: 'lost' as const, what: `${died} times a part ended by itself (see the log)` }] : []),
    ...(refused > 0 ? [{ kind: 'lost' as const, what: `${refused} sends ended with another code than 0 or 4` }] : []),
    ...(twice > 0 ? [{ kind: 'doubled' as const, what: `${twice} repeated sends started other transfers` }] : []),
  ];
}

function leftOut({ smallDisk }: Stage): string[] {
  return smallDisk ? [] : ['the full disk: a small one could not be mounted here (that needs root)'];
}

function readPlan(path: string): Plan {
  const first = readFileSync(path, 'utf8').split('\n', 1)[0] ?? '';
  const { plan } = JSON.parse(first) as { plan?: Plan };
  if (plan === undefined) throw new Error(`${path} is not the log of a run: its first line has no plan.`);
  return plan;
}
