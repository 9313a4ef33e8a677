import { freePort, isPortFree } from '../engine';
import { FerryError } from '../errors';
import type { UpOptions } from './types';

export const DEFAULT_PORTS = { temporal: 7233, ui: 8233, sandbox: 8480 } as const;

export interface ChosenPorts {
  readonly temporal: number;
  readonly ui: number;
  readonly sandbox: number;
}

type PortName = keyof ChosenPorts;

const WHAT: Readonly<Record<PortName, string>> = {
  temporal: 'Temporal',
  ui: "Temporal's web page",
  sandbox: 'the sandbox',
};

/** How many ports after a busy default are tried. */
const NEIGHBOURS = 200;

/**
 * Chooses the ports once; restarted parts keep their port.
 *
 * @throws {FerryError} PORT_BUSY when a given port is in use
 */
export async function choosePorts(
  given: NonNullable<UpOptions['ports']>,
  onNotice: (sentence: string) => void,
): Promise<ChosenPorts> {
  const taken = new Set<number>();
  const choose = async (name: PortName): Promise<number> => {
    const port = await choosePort(name, given[name], taken, onNotice);
    taken.add(port);
    return port;
  };
  // One after the other, so that no port is chosen twice.
  const temporal = await choose('temporal');
  const ui = await choose('ui');
  return { temporal, ui, sandbox: await choose('sandbox') };
}

async function choosePort(
  name: PortName,
  given: number | undefined,
  taken: ReadonlySet<number>,
  onNotice: (sentence: string) => void,
): Promise<number> {
  const isFree = async (port: number): Promise<boolean> => !taken.has(port) && (await isPortFree(port));
  if (given === 0) {
    const port = await freePort();
    return taken.has(port) ? await choosePort(name, given, taken, onNotice) : port;
  }
  if (given !== undefined) {
    if (await isFree(given)) return given;
    throw new FerryError('PORT_BUSY', `Port ${given}, given for ${WHAT[name]}, is in use on this machine.`);
  }
  const first = DEFAULT_PORTS[name];
  for (let port = first; port < first + NEIGHBOURS; port += 1) {
    if (!(await isFree(port))) continue;
    if (port !== first) onNotice(`Port ${first} is in use; ${WHAT[name]} takes ${port}.`);
    return port;
  }
  throw new FerryError('PORT_BUSY', `All ports from ${first} to ${first + NEIGHBOURS - 1} are in use.`);
}
