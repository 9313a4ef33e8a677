import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openLog } from '../chaos/kit/journal';
import { createMachine, type Machine, type MachineOptions } from '../chaos/kit/machine';
import { makePlan, type Host } from '../chaos/kit/plan';
import { sandboxView, type SandboxView } from '../chaos/kit/sandbox-view';
import { buildStage, CLI } from '../chaos/kit/stage';
import type { TemporalPlace } from '../chaos/kit/temporal-place';
import { writeJpeg } from '../end-to-end/pictures';

/** A sandbox and a worker for each of two hosts, on a Temporal. */
export interface ClusterSite {
  readonly view: SandboxView;
  /** `worker-a2` and `worker-b2` are not started. */
  readonly parts: Machine['parts'];
  readonly targetDir: (host: Host) => string;
  /**
   * Makes pictures of 20 kB that no other call makes, and gives their paths.
   *
   * @param directory below the sources of the host
   */
  pictures(host: Host, count: number, directory?: string): Promise<readonly string[]>;
  ferry(host: Host, ...args: readonly string[]): Promise<Answer>;
  /** With the command line of another version. */
  ferryOf(cli: string, host: Host, ...args: readonly string[]): Promise<Answer>;
  /** What the workers of both hosts have logged so far. */
  workerLogs(): readonly string[];
  close(): Promise<void>;
}

export interface Answer {
  readonly code: number;
  /** stdout, one JSON document a line: give `--json`. */
  readonly documents: readonly Readonly<Record<string, unknown>>[];
  readonly stderr: string;
}

export interface SiteOptions extends Pick<MachineOptions, 'workers'> {
  /** The Temporal program, where the place is the embedded server. */
  readonly binary?: string;
  /** Lines for the top of ferry.toml. */
  readonly settings?: readonly string[];
}

const PICTURE_BYTES = 20_000;

export async function openClusterSite(
  place: TemporalPlace,
  { binary = '', settings = [], workers = {} }: SiteOptions = {},
): Promise<ClusterSite> {
  const plan = { ...makePlan({ seed: 1, transfers: 1, minutes: 1 }, true), actions: [], waves: [] };
  const stage = await buildStage(plan, place.env, settings);
  const log = openLog([join(stage.logs, 'site.jsonl')], () => undefined);
  const machine = createMachine({ plan, stage, binary, place, log, workers });
  let made = 0;
  try {
    if (place.parts === null) await machine.parts.temporal.start();
    await Promise.all((['sandbox', 'worker-a', 'worker-b'] as const).map((name) => machine.parts[name].start()));
  } catch (error) {
    await machine.close();
    await stage.close(false);
    throw error;
  }
  const ferryOf: ClusterSite['ferryOf'] = (cli, host, ...args) =>
    new Promise((resolve) => {
      const options = { env: stage.env(host), cwd: stage.root, maxBuffer: 1 << 28 };
      const child = execFile(process.execPath, [cli, ...args], options, (_, stdout, stderr) => {
        const lines = stdout.split('\n').filter((line) => line.startsWith('{'));
        const documents = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
        resolve({ code: child.exitCode ?? -1, documents, stderr });
      });
    });
  return {
    view: sandboxView(stage.sandboxPort, 30_000),
    parts: machine.parts,
    targetDir: (host) => stage.targetDir(host, 'disk'),
    async pictures(host, count, directory = '.') {
      const name = (): string => join(stage.root, 'sources', host, directory, `p${(made += 1)}.jpg`);
      const paths = Array.from({ length: count }, name);
      if (paths[0] !== undefined) await mkdir(dirname(paths[0]), { recursive: true });
      for (const path of paths) await writeJpeg(path, PICTURE_BYTES);
      return paths;
    },
    ferry: (host, ...args) => ferryOf(CLI, host, ...args),
    ferryOf,
    workerLogs: () => ['worker-a', 'worker-b'].map((name) => readFileSync(join(stage.logs, `${name}.log`), 'utf8')),
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
