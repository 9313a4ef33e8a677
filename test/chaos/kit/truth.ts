import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { RunLog } from './journal';
import type { Explains, Outcome } from './outcomes';
import { HOSTS, type Plan, type Target } from './plan';
import type { PutCount } from './put-count';
import type { SandboxView, SeenObject } from './sandbox-view';
import type { Stage } from './stage';

/** Something that must not be, in a sentence. */
export interface Finding {
  readonly kind: 'lost' | 'doubled' | 'corrupt' | 'stuck' | 'failed' | 'parked' | 'resent' | 'left over' | 'secret';
  readonly what: string;
}

/** What only a person can mend, and was caused here; everything else heals by itself. */
export function explains(done: Pick<RunLog, 'count'>, plan: Plan): Explains {
  return ({ wave }, code) => {
    if (code === 'DISK_FULL') return wave.target === 'small' && done.count('fill-disk') > 0;
    // A token for anonymous visitors lives ten minutes: one that is stepped over while it is exchanged is refused.
    return code === 'CREDENTIALS_REFUSED' && plan.consumerMode === 'anonymous' && done.count('step-clock') > 0;
  };
}

/** Lost, stuck, failed, and parked for a reason that nobody has caused. */
export function judgeOutcomes(outcomes: readonly Outcome[]): Finding[] {
  return outcomes.flatMap(({ state, sent, message, code }) => {
    if (state === 'done') return [];
    const what = `${sent.wave.id} ${sent.file.name} (${sent.transferId}): ${code ?? 'no code'}: ${message}`;
    return [{ kind: state, what }];
  });
}

const MOST_UNDER_WAY = 64;

/** One file at most is sent again for each thing that was done to a part, and for each spoiled answer to an upload. */
export function judgeUploads({ stored }: PutCount, transfers: number, done: RunLog, plan: Plan): Finding[] {
  const again = stored - transfers;
  // An older database forgets what was uploaded and not yet published: at most what all hosts had under way.
  const forgotten = done.count('restore-database') * MOST_UNDER_WAY;
  const disturbed = done.count('kill') + done.count('stop') + done.count('restart') + forgotten;
  const spoiled = plan.actions
    .filter((action) => action.kind === 'fault')
    .filter(({ rule }) => rule.at === 'put')
    .reduce((sum, { rule }) => sum + (rule.times ?? 0), 0);
  if (again <= disturbed + spoiled) return [];
  const what = `${again} files were stored again, for ${disturbed} disturbances and ${spoiled} spoiled uploads`;
  return [{ kind: 'resent', what }];
}

/** Exactly one message for each published transfer, under its own path, and in storage the bytes of its source. */
export async function judgeMessages(outcomes: readonly Outcome[], view: SandboxView): Promise<Finding[]> {
  const findings: Finding[] = [];
  const files = (await view.messages()).filter(({ contentType }) => contentType === 'hosted/file');
  const objects = new Map((await view.objects()).map((object) => [object.relativePath, object]));
  const expected = new Set<string>();
  for (const { receipt, sent } of outcomes) {
    if (receipt === null) continue;
    const which = `${sent.wave.id} ${sent.file.name} (${receipt.relativePath})`;
    if (expected.has(receipt.relativePath)) findings.push({ kind: 'doubled', what: `${which}: in two receipts` });
    expected.add(receipt.relativePath);
    const messages = files.filter(({ relativePath }) => relativePath === receipt.relativePath);
    if (messages.length === 0) findings.push({ kind: 'lost', what: `${which}: the receipt names no message` });
    if (messages.length > 1) findings.push({ kind: 'doubled', what: `${which}: ${messages.length} messages` });
    const wrong = messages.find((message) => message.sequence !== receipt.sequence);
    if (wrong !== undefined) findings.push({ kind: 'corrupt', what: `${which}: another sequence than the receipt's` });
    const problem = await compareObject(objects.get(receipt.relativePath), sent.source);
    if (problem !== null) findings.push({ kind: 'corrupt', what: `${which}: ${problem}` });
  }
  for (const { relativePath = '' } of files) {
    if (!expected.has(relativePath)) findings.push({ kind: 'doubled', what: `${relativePath}: in no receipt` });
  }
  return findings;
}

async function compareObject(object: SeenObject | undefined, source: string): Promise<string | null> {
  if (object === undefined) return 'storage has no such object';
  return object.md5 === (await digestOf(source)) ? null : 'storage has other bytes than the source';
}

/** Consumers never have two open conversations. */
export async function judgeConversations(view: SandboxView, consumers: number): Promise<Finding[]> {
  const conversations = await view.conversations();
  const used = new Set((await view.messages()).map(({ conversationId }) => conversationId));
  if (conversations.length <= consumers && used.size <= consumers) return [];
  const what = `${conversations.length} conversations (${used.size} used) for ${consumers} consumers`;
  return [{ kind: 'doubled', what }];
}

/** Every file that was to be fetched is there and equal, and beside them lies nothing. */
export async function judgeFiles(outcomes: readonly Outcome[], stage: Stage): Promise<Finding[]> {
  const findings: Finding[] = [];
  const expected = new Set<string>();
  for (const { sent, state } of outcomes) {
    const { wave, file, source } = sent;
    const path = join(stage.targetDir(wave.host, wave.target), basename(source));
    expected.add(path);
    if (state !== 'done') continue;
    const there = await stat(path).catch(() => null);
    if (there === null) findings.push({ kind: 'lost', what: `${path}: the fetched file is missing` });
    else if ((await digestOf(path)) !== (await digestOf(source))) {
      findings.push({ kind: 'corrupt', what: `${path}: the fetched file (${file.sizeBytes} bytes) is not the source` });
    }
  }
  for (const host of HOSTS) {
    for (const target of ['disk', 'small'] satisfies Target[]) {
      const directory = stage.targetDir(host, target);
      for (const name of await readdir(directory)) {
        const path = join(directory, name);
        if (!expected.has(path)) findings.push({ kind: 'left over', what: path });
      }
    }
  }
  return findings;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('md5');
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest('hex');
}
