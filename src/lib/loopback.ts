/** The address on which programs of this machine reach each other and nobody else reaches them. */
export const LOOPBACK = '127.0.0.1';

/** Whether a `host` or `host:port` is this machine: `localhost`, `127.x.x.x` or `[::1]`. */
export function isLoopback(address: string): boolean {
  return /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d{1,5})?$/i.test(address);
}
