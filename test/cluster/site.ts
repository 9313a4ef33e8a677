import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createMachine } from '../chaos/kit/machine';
import { makePlan, type Host } from '../chaos/kit/plan';
import { openLog } from '../chaos/kit/journal';
import type { Part } from '../chaos/kit/processes';
import { sandboxView, type SandboxView } from '../chaos/kit/sandbox-view';
import { buildStage, CLI } from '../chaos/kit/stage';
import type { TemporalPlace } from '../chaos/kit/temporal-place';
import { writeJpeg } from '../end-to-end/pictures';

/** A sandbox and a worker for each of two hosts, on a Temporal. */
export interface ClusterSite {
  readonly view: SandboxView;
  /** Of host a. */
  readonly worker: Part;
  /** Makes pictures of 20 kB that no other call makes, and gives their paths. */
  pictures(host: Host, count: number): Promise<readonly string[]>;
  ferry(host: Host, ...args: readonly string[]): Promise<Answer>;
  close(): Promise<void>;
}

export interface Answer {
  readonly code: number;
  /** stdout, one JSON document a line: give `--json`. */
  readonly documents: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: string;
}

const PICTURE_BYTES = 20_000;

/** @param binary the Temporal program; used only where the place is the embedded server */
export async function openClusterSite(place: TemporalPlace, binary: string): Promise<ClusterSite> {
  const plan = { ...makePlan({ seed: 1, transfers: 1, minutes: 1 }, true), actions: [], waves: [] };
  const stage = await buildStage(plan, place.env);
  const log = openLog([join(stage.logs, 'site.jsonl')], () => undefined);
  const machine = createMachine(plan, stage, binary, place, log);
  let made = 0;
  try {
    if (place.parts === null) await machine.parts.temporal.start();
    await Promise.all((['sandbox', 'worker-a', 'worker-b'] as const).map((name) => machine.parts[name].start()));
  } catch (error) {
    await machine.close();
    await stage.close(false);
    throw error;
  }
  return {
    view: sandboxView(stage.sandboxPort, 30_000),
    worker: machine.parts['worker-a'],
    async pictures(host, count) {
      const paths = Array.from({ length: count }, () => join(stage.root, 'sources', host, `p${(made += 1)}.jpg`));
      for (const path of paths) await writeJpeg(path, PICTURE_BYTES);
      return paths;
    },
    ferry: (host, ...args) =>
      new Promise((resolve) => {
        const options = { env: stage.env(host), cwd: stage.root, maxBuffer: 1 << 28 };
        const child = execFile(process.execPath, [CLI, ...args], options, (_, stdout, stderr) => {
          const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
          const documents = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
          resolve({ code: child.exitCode ?? -1, documents, stderr });
        });
      }),
    async close() {
      await machine.close();
      await stage.close(false);
    },
  };
}

/** File messages in all conversations, and how many paths they name: equal when nothing was published twice. */
export async function countMessages(view: SandboxView): Promise<{ readonly messages: number; readonly paths: number }> {
  const files = (await view.messages()).filter(({ contentType }) => contentType === 'hosted/file');
  return { messages: files.length, paths: new Set(files.map(({ relativePath }) => relativePath)).size };
}
