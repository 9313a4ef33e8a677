import { once } from 'node:events';
import { WebSocket } from 'ws';

import type { SandboxProcess } from './sandbox-process';

export interface Answered {
  readonly kind: string;
  readonly type: string;
  readonly reqId?: string;
  readonly code?: number;
  readonly body?: unknown;
}

/** A consumer's socket on which anything may be sent. */
export interface TestSocket {
  readonly received: Answered[];
  readonly isOpen: boolean;
  /** What came as it stood, without the secrets that it must hold (signed links). */
  request(type: string, body: object): Promise<Answered>;
  /** Sends the text as it stands, and settles with its answer, or with the code with which the socket was closed. */
  raw(text: string | Buffer, reqId: string | null): Promise<Answered | number>;
  end(): void;
}

/** Longer than anything may take that is not hanging. */
const PATIENCE_MS = 30_000;
let lastId = 0;

/** @param jwt null: without any */
export async function openSocket(sandbox: SandboxProcess, jwt: string | null): Promise<TestSocket> {
  const headers = jwt === null ? {} : { Authorization: `jwt ${jwt}` };
  return openAt(sandbox, 'consumer?v=3', headers);
}

/** An agent's socket. */
export async function openBrandSocket(sandbox: SandboxProcess, bearer: string): Promise<TestSocket> {
  return openAt(sandbox, `brand/${bearer}?v=2.1`, {});
}

async function openAt(sandbox: SandboxProcess, path: string, headers: Record<string, string>): Promise<TestSocket> {
  const ws = new WebSocket(`ws://${sandbox.host}/ws_api/account/12345678/messaging/${path}`, { headers });
  const received: Answered[] = [];
  const listeners = new Set<() => void>();
  let closedWith: number | null = null;
  ws.on('error', () => undefined);
  // In a long trial a socket may rest for longer than the service lets it.
  const keepAlive = setInterval(() => ws.ping(() => undefined), 20_000).unref();
  ws.on('message', (data) => {
    received.push(JSON.parse((data as Buffer).toString('utf8')) as Answered);
    for (const listener of listeners) listener();
  });
  ws.on('close', (code) => {
    closedWith = code;
    clearInterval(keepAlive);
    for (const listener of listeners) listener();
  });
  await Promise.race([once(ws, 'open'), once(ws, 'close')]);

  function settled(reqId: string | null, from: number): Promise<Answered | number> {
    return new Promise((resolve, reject) => {
      const done = (act: () => void): void => {
        clearTimeout(patience);
        listeners.delete(look);
        act();
      };
      const patience = setTimeout(() => done(() => reject(new Error('Neither answer nor close came.'))), PATIENCE_MS);
      const look = (): void => {
        const answer = received.slice(from).find((each) => each.kind === 'resp' && each.reqId === reqId);
        if (answer !== undefined) done(() => resolve(answer));
        else if (closedWith !== null) done(() => resolve(Number(closedWith)));
      };
      listeners.add(look);
      look();
    });
  }

  return {
    received,
    get isOpen() {
      return ws.readyState === WebSocket.OPEN;
    },
    async request(type, body) {
      const id = `own-${(lastId += 1)}`;
      ws.send(JSON.stringify({ kind: 'req', id, type, body }));
      const answer = await settled(id, received.length);
      if (typeof answer === 'number') throw new Error(`The socket was closed with ${answer}.`);
      return answer;
    },
    raw(text, reqId) {
      const from = received.length;
      ws.send(text);
      return settled(reqId, from);
    },
    end: () => ws.terminate(),
  };
}
