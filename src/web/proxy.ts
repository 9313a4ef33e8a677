import { request as ask, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream';

/** Of one connection only, by RFC 9110; not for the next server. */
const HOP_BY_HOP = ['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'];

/** Hands a request on to the server at `upstream` and its answer back. 502 when the server is away. */
export function passOn(request: IncomingMessage, response: ServerResponse, upstream: URL): void {
  const { method, url } = request;
  const headers = withoutHopByHop(request.headers);
  // The page's own requests name this server; the cookie is for this server alone.
  delete headers['cookie'];
  const onward = ask({
    host: upstream.hostname,
    port: upstream.port,
    method,
    path: url,
    headers: { ...headers, host: upstream.host },
  });
  const fail = (): void => {
    if (response.headersSent) response.destroy();
    else response.writeHead(502, { 'content-type': 'text/plain' }).end("Temporal's web page does not answer.\n");
  };
  onward.on('error', fail);
  onward.on('response', (answer) => {
    response.writeHead(answer.statusCode ?? 502, withoutHopByHop(answer.headers));
    pipeline(answer, response, () => undefined);
  });
  response.on('close', () => onward.destroy());
  pipeline(request, onward, () => undefined);
}

function withoutHopByHop<T extends object>(headers: T): T {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name))) as T;
}
