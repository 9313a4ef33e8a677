import { join } from 'node:path';
import { startSandbox } from '../../../sandbox';
import type { FaultRule } from '../../../sandbox/types';
import { sandboxView, type SandboxView } from '../kit/sandbox-view';
import { isAnswered, type Case } from './cases';

/** How long a request is held at the boundary: long enough to be seen and acted upon, shorter than any answer's limit. */
const HELD_MS = 7000;

/** One case's own LivePerson: its faults, messages and conversations are nobody else's. */
export interface Site {
  readonly of: Case;
  readonly port: number;
  readonly view: SandboxView;
  /** Holds the next request at the boundary. */
  arm(): Promise<void>;
  /** The held request is there; since when, on the monotonic clock. */
  arrivedAt(): Promise<number | null>;
  /** It has been answered, or would have been: its delay is over. */
  answered(): Promise<boolean>;
  close(): Promise<void>;
}

export async function openSite(of: Case, directory: string): Promise<Site> {
  const sandbox = await startSandbox({ port: 0, stateDir: join(directory, `site-${of.id}`) });
  const view = sandboxView(sandbox.port, 30_000);
  let answersBefore = 0;
  let arrived: number | null = null;
  let armed = 0;
  const answers = async (): Promise<number> =>
    (await view.requests()).filter((request) => isAnswered(of.at, request)).length;
  return {
    of,
    port: sandbox.port,
    view,
    async arm() {
      const hold: FaultRule = { at: of.at, do: { delayMs: HELD_MS }, times: 1 };
      for (const rule of armed === 0 ? [...of.prelude, hold] : [hold]) await view.addFault(rule);
      armed += 1;
      arrived = null;
    },
    async arrivedAt() {
      if (arrived === null && (await view.faults()).every(({ times }) => times === 0)) {
        arrived = performance.now();
        answersBefore = await answers();
      }
      return arrived;
    },
    answered: async () => (await answers()) > answersBefore,
    close: () => sandbox.close(),
  };
}
