import { connect } from 'node:net';

import type { SandboxProcess } from './sandbox-process';

export interface RawAnswer {
  /** 0: closed without any answer. */
  readonly status: number;
  readonly text: string;
}

/** Longer than anything may take that is not hanging. */
const PATIENCE_MS = 30_000;

/**
 * Sends the bytes as they stand and reads until the other side ends the connection.
 * @param isLast whether our side ends the connection after them: the server would wait for the rest of a request
 */
export async function sendRaw(sandbox: SandboxProcess, bytes: Buffer | string, isLast = false): Promise<RawAnswer> {
  const [host = '', port = ''] = sandbox.host.split(':');
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect({ host, port: Number(port), allowHalfOpen: true });
    const patience = setTimeout(() => {
      socket.destroy();
      reject(new Error(`No end came within ${PATIENCE_MS} ms; so far: ${Buffer.concat(parts).toString('latin1')}`));
    }, PATIENCE_MS);
    socket.on('data', (part) => parts.push(part));
    // A reset is an end, too.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(patience);
      const text = Buffer.concat(parts).toString('utf8');
      resolve({ status: Number(/^HTTP\/1\.1 (\d{3})/.exec(text)?.[1] ?? 0), text });
    });
    socket.on('end', () => socket.end());
    if (isLast) socket.end(bytes);
    else socket.write(bytes);
  });
}

export interface WildRequest {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Buffer;
}

/** A request whose framing is in order, whatever it says; alone on its connection. */
export function textOf({ method, target, headers, body }: WildRequest): Buffer {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
  const frame = `Host: 127.0.0.1\r\nConnection: close\r\nContent-Length: ${body.length}\r\n`;
  return Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${frame}${lines}\r\n`, 'latin1'), body]);
}
