import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** Runs `npm run chaos` with these arguments; what its parts write lies below `directory`. */
export function runKit(
  args: readonly string[],
  directory: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, TMPDIR: directory };
  return new Promise((resolve) => {
    execFile(process.execPath, [join(__dirname, '../run.cjs'), ...args], { env }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), stdout, stderr }),
    );
  });
}
