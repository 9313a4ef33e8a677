/** The pages beside the service, under `/_sandbox/`. They see no faults and are not entered in the request journal. */
import { typeRefusalOf } from './guard';
import { readBody, replyJson, type Exchange } from './exchange';
import { readRules, type FaultList } from './faults';
import type { LoadGauges } from './load';

const BODY_LIMIT = 1 << 20;

export interface PageSources {
  readonly faults: FaultList;
  readonly messages: () => readonly object[];
  readonly conversations: () => readonly object[];
  readonly objects: () => Promise<readonly object[]>;
  readonly requests: () => readonly object[];
  readonly load: LoadGauges;
}

const PAGES = ['messages', 'conversations', 'objects', 'requests', 'load', 'faults'];

export async function servePage(exchange: Exchange, path: string, sources: PageSources): Promise<void> {
  const page = path.slice('/_sandbox/'.length);
  const method = exchange.request.method ?? '';
  if (page === 'faults') return serveFaults(exchange, method, sources.faults);
  if (page === 'load') return serveLoad(exchange, method, sources.load);
  const read = pageReader(page, sources);
  if (read === null) {
    const pages = `${PAGES.slice(0, -1).join(', ')} and ${PAGES.at(-1)}`;
    return replyJson(exchange, 404, { error: `There is no page ${path}; there are ${pages} under /_sandbox/.` });
  }
  if (method !== 'GET' && method !== 'HEAD') return refuseMethod(exchange, path, 'GET');
  replyJson(exchange, 200, await read());
}

function pageReader(page: string, sources: PageSources): (() => unknown) | null {
  switch (page) {
    case '':
      return () => ({ pages: PAGES });
    case 'messages':
      return sources.messages;
    case 'conversations':
      return sources.conversations;
    case 'objects':
      return sources.objects;
    case 'requests':
      return sources.requests;
    default:
      return null;
  }
}

function serveLoad(exchange: Exchange, method: string, load: LoadGauges): void {
  if (method === 'DELETE') load.reset();
  else if (method !== 'GET') return refuseMethod(exchange, '/_sandbox/load', 'GET and DELETE');
  replyJson(exchange, 200, load.read());
}

async function serveFaults(exchange: Exchange, method: string, faults: FaultList): Promise<void> {
  if (method === 'DELETE') faults.clear();
  else if (method === 'POST') {
    const wrongType = typeRefusalOf(exchange.request, true);
    if (wrongType !== null) return replyJson(exchange, wrongType.status, { error: wrongType.error });
    const body = await readBody(exchange, BODY_LIMIT);
    if (body === null) return replyJson(exchange, 413, { error: 'The rules are too long.' });
    try {
      faults.add(readRules(body.toString('utf8')));
    } catch (error) {
      return replyJson(exchange, 400, { error: (error as Error).message });
    }
  } else if (method !== 'GET') return refuseMethod(exchange, '/_sandbox/faults', 'GET, POST and DELETE');
  replyJson(exchange, 200, faults.rules());
}

function refuseMethod(exchange: Exchange, path: string, methods: string): void {
  replyJson(exchange, 405, { error: `${path} takes ${methods}.` });
}
