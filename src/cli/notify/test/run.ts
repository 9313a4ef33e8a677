import { randomUUID } from 'node:crypto';
import type { FerryConfig, NotifyConfig } from '../../../config/types';
import { FerryError, toFerryError } from '../../../errors';
import { suggest } from '../../../lib/suggest';
import type { CommandEnvironment } from '../../shared/command';
import { EXIT, type ExitCode } from '../../shared/exit-codes';
import { lazy } from '../../shared/lazy';
import { usageError } from '../../shared/output/output';
import { safe } from '../../shared/output/text';
import { readSettings } from '../../shared/settings';

/** Sends a test message to each receiver, one after the other, and says what each answered. */
export async function runNotifyTest(
  environment: CommandEnvironment,
  _options: object,
  names: readonly string[],
): Promise<ExitCode> {
  const { io, flags } = environment;
  const { config } = await readSettings(io, flags);
  let code: ExitCode = EXIT.done;
  for (const notify of chosen(config, names)) if (!(await testOne(environment, notify))) code = EXIT.failed;
  return code;
}

function chosen({ notify, path }: FerryConfig, names: readonly string[]): readonly NotifyConfig[] {
  if (notify.length === 0) {
    throw new FerryError('NOT_CONFIGURED', `${path ?? 'The configuration'} has no [[notify]].`, {
      remedy: 'Add one to ferry.toml; docs/monitoring.md has an example.',
    });
  }
  if (names.length === 0) return notify;
  return names.map((name) => {
    const found = notify.find((one) => one.name === name);
    if (found !== undefined) return found;
    const known = notify.map((one) => one.name);
    const close = suggest(name, known);
    const hint = close === null ? `they are ${known.join(', ')}` : `did you mean ${close}?`;
    throw usageError(`There is no [[notify]] with the name ${name}; ${hint}`);
  });
}

/** True when the receiver took the message. */
async function testOne({ io, output }: CommandEnvironment, notify: NotifyConfig): Promise<boolean> {
  const { name } = notify;
  const begun = performance.now();
  try {
    const destination = lazy.config().destinationOf(notify, io.env);
    const message = { id: `msg_test_${randomUUID().replaceAll('-', '')}`, group: null };
    const { outcome, status } = await lazy.notify().deliver(destination, message);
    const ms = Math.round(performance.now() - begun);
    if (outcome === 'gone') {
      throw new FerryError('NOTICE_STOPPED', `The receiver of notices ${name} answered 410.`);
    }
    output.document({ type: 'status', v: 1, notify: name, delivered: true, status, ms, error: null });
    output.answer(`${output.out.good('ok')}  ${safe(name)} took the test message: ${status} in ${ms} ms.`);
    return true;
  } catch (thrown) {
    const { code, message, remedy } = toFerryError(thrown);
    output.document({ type: 'status', v: 1, notify: name, delivered: false, error: { code, message, remedy } });
    output.answer(`${output.out.bad('NO')}  ${safe(message)} [${code}]\n    ${remedy}`);
    return false;
  }
}
