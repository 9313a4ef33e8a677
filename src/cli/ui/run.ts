import { FerryError } from '../../errors';
import type { CommandEnvironment } from '../shared/command';
import { EXIT, type ExitCode } from '../shared/exit-codes';
import { lazy } from '../shared/lazy';
import { readSettings, withClient, type Settings } from '../shared/settings';

/**
 * Makes a one-time link to the web page of a running `ferry up`. The id is looked up, the link itself needs no server.
 */
export async function runUi(
  { io, output, flags }: CommandEnvironment,
  _options: object,
  [prefix]: readonly string[],
): Promise<ExitCode> {
  const settings = await readSettings(io, flags);
  const { up, target, unreachable } = settings;
  if (unreachable !== null) throw unreachable;
  if (up === null) {
    throw new FerryError('USAGE', `${target.from} has a web page of its own: ferry ui is for a ferry up.`);
  }
  const { OWN_PATH, makeLink } = lazy.web();
  const to = await pathOf(settings, io, prefix);
  const { token, endsAtMs } = makeLink(lazy.config().loadPayloadKeyFile(up.stateDir), io.now());
  const url = `${up.uiUrl}${OWN_PATH}/open?once=${token}&to=${encodeURIComponent(to)}`;
  output.document({ type: 'status', v: 1, url, endsAt: new Date(endsAtMs).toISOString() });
  output.answer(url);
  output.note('Open it within a minute; it opens once. Who has it sees names, paths and captions of transfers.');
  return EXIT.done;
}

async function pathOf(settings: Settings, io: CommandEnvironment['io'], prefix: string | undefined): Promise<string> {
  const workflows = `/namespaces/${settings.target.namespace}/workflows`;
  if (prefix === undefined) return workflows;
  const transferId = await withClient(settings, io, (client) => client.resolveId(prefix));
  return `${workflows}/${encodeURIComponent(transferId)}`;
}
