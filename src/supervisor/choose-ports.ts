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

/** How far a busy default looks for a free neighbour. */
const NEIGHBOURS = 200;

/** Chooses once; parts that die are started again on the same ports. PORT_BUSY for a given port that is in use. */
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
  // One after the other: a port chosen for one is taken for the next.
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
