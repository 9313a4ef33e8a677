import { FerryError, isFerryError } from '../../../errors';

/**
 * A remedy with the id of its transfer in place of `ID`.
 *
 * @param transferId undefined when the command was refused before a transfer began: then there is no id to retry
 */
export function remedyFor(remedy: string, transferId: string | undefined): string {
  if (transferId === undefined) return remedy.replaceAll('then ferry retry ID', 'then repeat the command');
  return remedy.replaceAll(/\b(ferry (?:retry|cancel|status)) ID\b/g, `$1 ${transferId}`);
}

/** The same with the commands for the job in place of those for a transfer. */
export function remedyForJob(remedy: string, jobId: string): string {
  return remedy
    .replaceAll(/\bferry retry ID --host\b/g, `ferry job move ${jobId} --host`)
    .replaceAll(/\bferry (retry|cancel|status) ID\b/g, `ferry job $1 ${jobId}`)
    .replaceAll(/\b(ferry job \w+) JOB\b/g, `$1 ${jobId}`);
}

/** The error of a command for a job: its remedy names no commands for transfers. */
export function errorOfJob(error: unknown, jobId: string): unknown {
  if (!isFerryError(error)) return error;
  const { code, message, details, remedy } = error;
  return new FerryError(code, message, { cause: error, details, remedy: remedyForJob(remedy, jobId) });
}
