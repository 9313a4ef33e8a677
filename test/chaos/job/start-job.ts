import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { CLI, type Stage } from '../kit/stage';
import type { JobChaosOptions } from './options';
import { planOf } from './plan';

/** Starts the job as a person does, on the directory of the files; its id. */
export async function startJob(stage: Stage, options: JobChaosOptions): Promise<string> {
  const [file] = planOf({ ...options, files: 1 }).waves[0]?.files ?? [];
  if (file === undefined) throw new Error('The job has no files.');
  const directory = dirname(stage.sourceOf('a', file));
  const args = [CLI, 'job', 'start', directory, '--name', 'chaos', '--lanes', String(options.lanes)];
  const stdout = await new Promise<string>((resolve, reject) => {
    const settings = { env: stage.env('a'), cwd: stage.root };
    execFile(process.execPath, [...args, '--detach', '--json'], settings, (error, out, err) =>
      error === null ? resolve(out) : reject(new Error(`ferry job start: ${err}`)),
    );
  });
  return (JSON.parse(stdout) as { jobId: string }).jobId;
}
