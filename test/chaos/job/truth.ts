import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { JobStatus } from '../../../src/client';
import { PAGE_LIMITS } from '../../../src/contract';
import type { JournalRow } from '../../../src/jobs/types';
import type { RunLog } from '../kit/journal';
import type { Plan } from '../kit/plan';
import type { SandboxView } from '../kit/sandbox-view';
import type { Stage } from '../kit/stage';
import type { Finding } from '../kit/truth';
import type { JobChaosOptions } from './options';

interface Seen {
  readonly options: JobChaosOptions;
  readonly status: JobStatus;
  readonly rows: readonly JournalRow[];
  readonly plan: Plan;
  readonly log: RunLog;
}

export interface Judged {
  readonly findings: readonly Finding[];
  readonly messages: number;
  /** Objects in storage that no message names. */
  readonly unreferenced: number;
}

/** Each line in the journal once, one message each with the bytes of its source, and few objects beside them. */
export async function judge(seen: Seen, stage: Stage, view: SandboxView): Promise<Judged> {
  const files = (await view.messages()).filter(({ contentType }) => contentType === 'hosted/file');
  const objects = new Map((await view.objects()).map((object) => [object.relativePath, object]));
  const named = new Set(files.map(({ relativePath = '' }) => relativePath));
  const unreferenced = [...objects.keys()].filter((path) => !named.has(path)).length;
  const findings = [
    ...judgeEnd(seen),
    ...judgeJournal(seen),
    ...judgeMessages(seen.rows, files),
    ...(await judgeObjects(seen, stage, objects)),
    ...judgeUnreferenced(seen, unreferenced),
    ...(seen.log.count('died') > 0 ? [{ kind: 'lost' as const, what: 'a part ended by itself (see the log)' }] : []),
  ];
  return { findings, messages: files.length, unreferenced };
}

function judgeEnd({ status: { state, counts, reasons, error }, options }: Seen): Finding[] {
  if (state === 'done' && counts.done === options.files) return [];
  const what = `the job is ${state}: ${JSON.stringify({ counts, reasons, error })}`;
  return [{ kind: state === 'done' ? 'failed' : 'stuck', what }];
}

function judgeJournal({ rows, options }: Seen): Finding[] {
  const lines = rows.map(({ line }) => line);
  const distinct = new Set(lines).size;
  return [
    ...(distinct < lines.length
      ? [{ kind: 'doubled' as const, what: `${lines.length - distinct} lines are in the journal more than once` }]
      : []),
    ...(distinct < options.files
      ? [{ kind: 'lost' as const, what: `${options.files - distinct} lines are not in the journal` }]
      : []),
  ];
}

function judgeMessages(
  rows: readonly JournalRow[],
  messages: readonly { readonly relativePath?: string; readonly sequence: number }[],
): Finding[] {
  const byPath = new Map<string, number[]>();
  for (const { relativePath = '', sequence } of messages) {
    byPath.set(relativePath, [...(byPath.get(relativePath) ?? []), sequence]);
  }
  const findings: Finding[] = [];
  for (const { source, relativePath, sequence } of rows) {
    const sequences = byPath.get(relativePath ?? '') ?? [];
    byPath.delete(relativePath ?? '');
    if (sequences.length === 0) findings.push({ kind: 'lost', what: `${source}: no message` });
    else if (sequences.length > 1)
      findings.push({ kind: 'doubled', what: `${source}: messages ${sequences.join(', ')}` });
    else if (sequences[0] !== sequence) findings.push({ kind: 'corrupt', what: `${source}: another message` });
  }
  for (const path of byPath.keys()) findings.push({ kind: 'doubled', what: `${path}: a message of no line` });
  return findings;
}

async function judgeObjects(
  { rows, plan }: Seen,
  stage: Stage,
  objects: ReadonlyMap<string, { readonly md5: string }>,
): Promise<Finding[]> {
  const paths = new Map(rows.map(({ source, relativePath }) => [source, relativePath]));
  const findings: Finding[] = [];
  for (const file of plan.waves.flatMap((wave) => wave.files)) {
    const source = stage.sourceOf('a', file);
    const object = objects.get(paths.get(source) ?? '');
    const md5 = createHash('md5')
      .update(await readFile(source))
      .digest('hex');
    if (object?.md5 !== md5) findings.push({ kind: 'corrupt', what: `${source}: storage has other bytes, or none` });
  }
  return findings;
}

/** What was in storage when its attempt was killed may be uploaded again: at most a page in each lane. */
function judgeUnreferenced({ log, options }: Seen, unreferenced: number): Finding[] {
  const most = (log.count('kill') + log.count('paused')) * options.lanes * PAGE_LIMITS.lines;
  if (unreferenced <= most) return [];
  return [{ kind: 'resent', what: `${unreferenced} objects belong to no message; at most ${most} may` }];
}
