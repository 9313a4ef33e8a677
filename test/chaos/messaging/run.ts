import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { locateTemporal, connectFerry, type FerryClient } from '../../../src/client';
import { findOrFetchTemporal } from '../../../src/engine';
import type { RequestRecord } from '../../../sandbox/types';
import { testCacheDir } from '../../support/temporal';
import { openLog, type RunLog } from '../kit/journal';
import { createMachine, type Machine } from '../kit/machine';
import { embeddedPlace } from '../kit/temporal-place';
import { readOutcomes, type Outcome } from '../kit/outcomes';
import { sandboxView, type SandboxView } from '../kit/sandbox-view';
import type { Sent } from '../kit/senders';
import { ACCOUNT, buildStage, CLI, type Stage } from '../kit/stage';
import type { Finding } from '../kit/truth';
import type { MessagingOptions } from './options';
import { faultsOf, outageOf, planOf } from './plan';
import { judge } from './truth';

/** From when until when the service was away, as Unix milliseconds. */
export interface Outage {
  readonly from: number;
  readonly to: number;
}

export interface MessagingResult {
  readonly options: MessagingOptions;
  readonly outcomes: readonly Outcome[];
  readonly requests: readonly RequestRecord[];
  readonly faultsMet: number;
  readonly outage: Outage | null;
  readonly messages: number;
  readonly conversations: number;
  /** From the first start to the last end. */
  readonly tookMs: number;
  readonly findings: readonly Finding[];
}

/** Long pages come slowly while everything is busy. */
const PAGE_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 200;
/** An outage begins when one in so many transfers is published: the others are in all their steps by then. */
const BEFORE_OUTAGE = 4;

/** One run from an empty directory to an empty directory. Ends everything that it has started, also when it fails. */
export async function runMessaging(options: MessagingOptions, print: (line: string) => void): Promise<MessagingResult> {
  if (!existsSync(CLI)) throw new Error('dist/ is missing: npm run build first');
  const plan = planOf(options);
  const { path: binary } = await findOrFetchTemporal({ cacheDir: testCacheDir });
  const place = await embeddedPlace();
  const stage = await buildStage(plan, place.env);
  const log = openLog([join(stage.logs, 'chaos.jsonl')], print);
  const machine = createMachine({ plan, stage, binary, place, log });
  let closing: Promise<string | null> | null = null;
  const close = (): Promise<string | null> => (closing ??= machine.close().then(() => stage.close(options.keep)));
  const onSignal = (): void => void close().finally(() => process.exit(130));
  process.once('SIGINT', onSignal).once('SIGTERM', onSignal);
  try {
    await startParts(machine);
    log.begin();
    log.add('ready', { seed: options.seed });
    return await liveThrough(options, stage, log);
  } finally {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    const kept = await close();
    if (kept !== null) print(`kept: ${kept}`);
  }
}

/** One worker: "one login for an account" is a promise of each worker, and what they share is Temporal's to keep. */
async function startParts({ parts }: Machine): Promise<void> {
  await parts.temporal.start();
  await Promise.all([parts.sandbox.start(), parts['worker-a'].start()]);
}

async function liveThrough(options: MessagingOptions, stage: Stage, log: RunLog): Promise<MessagingResult> {
  const view = sandboxView(stage.sandboxPort, PAGE_WITHIN_MS);
  const { connection, namespace } = await locateTemporal({ env: stage.env('a'), cwd: stage.root });
  const ferry = await connectFerry({ connection, namespace, hostId: 'a' });
  try {
    if (options.outageSeconds === 0) await view.addFaults(faultsOf(options));
    const began = performance.now();
    const sent = await startAll(ferry, options, stage);
    log.add('started', { transfers: sent.length });
    const outage = options.outageSeconds === 0 ? null : await beAway(options, view, log);
    const outcomes = await readOutcomes(ferry, sent, began + options.settleSeconds * 1000, () => false);
    const tookMs = performance.now() - began;
    log.add('settled');
    return await lookAtBothEnds({ options, outcomes, outage, tookMs }, view, log);
  } finally {
    await ferry.close();
  }
}

async function startAll(ferry: FerryClient, options: MessagingOptions, stage: Stage): Promise<readonly Sent[]> {
  const all = planOf(options).waves.flatMap((wave) => wave.files.map((file) => ({ wave, file })));
  return await Promise.all(
    all.map(async ({ wave, file }) => {
      const source = stage.sourceOf(wave.host, file);
      const request = { file: source, account: ACCOUNT, consumer: wave.consumer, verify: true, caption: wave.id };
      const { transferId } = await ferry.start(request);
      return { wave, file, source, transferId };
    }),
  );
}

async function beAway(options: MessagingOptions, view: SandboxView, log: RunLog): Promise<Outage> {
  const giveUpAt = performance.now() + options.settleSeconds * 1000;
  while ((await view.messages()).length < options.transfers / BEFORE_OUTAGE) {
    if (performance.now() > giveUpAt) throw new Error('Too little was published in time for an outage to begin.');
    await sleep(LOOK_EVERY_MS);
  }
  await view.addFaults(outageOf(options));
  const from = Date.now();
  log.add('outage', { forSeconds: options.outageSeconds, published: (await view.messages()).length });
  await sleep(options.outageSeconds * 1000);
  const to = Date.now();
  await view.clearFaults();
  log.add('outage-over', { published: (await view.messages()).length });
  return { from, to };
}

type Lived = Pick<MessagingResult, 'options' | 'outcomes' | 'outage' | 'tookMs'>;

async function lookAtBothEnds(lived: Lived, view: SandboxView, log: RunLog): Promise<MessagingResult> {
  const [requests, rules] = [await view.requests(), await view.faults()];
  const planned = faultsOf(lived.options).reduce((sum, rule) => sum + (isFault(rule) ? 1 : 0), 0);
  const left = rules.reduce((sum, rule) => sum + (isFault(rule) ? (rule.times ?? 0) : 0), 0);
  const files = (await view.messages()).filter(({ contentType }) => contentType === 'hosted/file');
  return {
    ...lived,
    requests,
    faultsMet: lived.outage === null ? planned - left : 0,
    messages: files.length,
    conversations: (await view.conversations()).length,
    findings: await judge({ ...lived, requests }, view, log),
  };
}

function isFault({ do: action }: { readonly do: unknown }): boolean {
  return JSON.stringify(action) !== '{"delayMs":0}';
}
