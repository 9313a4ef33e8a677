import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CommandEnvironment } from '../shared/command';
import { lookAt, type Check, type Finding } from './finding';
import { livePersonChecks } from './liveperson-checks';
import { localChecks } from './local-checks';
import { temporalChecks } from './temporal-checks';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import type { Output } from '../shared/output/output';
import { accountOf, readSettings } from '../shared/settings';
import { count, pad, safe } from '../shared/output/text';

export interface DoctorOptions {
  readonly account?: string;
  readonly consumer?: string;
}

/** Checks everything that a transfer needs, changes nothing: exit 0, or 3 when something does not work. */
export async function runDoctor(environment: CommandEnvironment, options: DoctorOptions): Promise<ExitCode> {
  const { io, output, flags } = environment;
  const settings = await readSettings(io, flags);
  const account = accountOf(settings, options.account);
  const remote = livePersonChecks(account, options.consumer ?? account.consumer.name, io.env);
  try {
    // All checks run at the same time and are printed in order: a slow check delays only the lines after it. The
    // slowest checks begin first.
    const far = await begin(remote.checks);
    const temporal = await begin(temporalChecks(settings, io));
    const here = await begin(localChecks(settings, options.account, io.env));
    let problems = 0;
    for (const look of [...here, ...temporal, ...far]) {
      for (const finding of await look) {
        tell(output, finding);
        if (finding.result === 'no') problems += 1;
      }
    }
    output.note(
      problems === 0 ? 'Transfers can go.' : `${count(problems, 'problem')} to solve before transfers can go.`,
    );
    return problems === 0 ? EXIT.done : EXIT.failed;
  } finally {
    await remote.close();
  }
}

/** The event loop gets a turn after each start, so that a check's first request leaves before the next check loads. */
async function begin(checks: readonly Check[]): Promise<Promise<readonly Finding[]>[]> {
  const looks: Promise<readonly Finding[]>[] = [];
  for (const check of checks) {
    looks.push(lookAt(check));
    await nextTurn();
  }
  return looks;
}

function tell(output: Output, finding: Finding): void {
  const { check, result, message, remedy } = finding;
  output.document({ type: 'status', v: 1, check, result, message, remedy: remedy ?? null });
  const { out } = output;
  const mark = { ok: out.good('ok'), warn: out.warn('!!'), no: out.bad('NO') }[result];
  output.answer(`${mark}  ${pad(check, 14)} ${safe(message)}`);
  if (remedy !== undefined) output.answer(`    ${pad('', 14)} ${out.dim(safe(remedy))}`);
}
