import type { HttpAnswer, HttpRequest, HttpRoute, MessagingDeps } from '../types';
import type { SiteProperty } from './entries';
import { json, jsonBody, refusal, route, type PathParts } from './http';
import { arrayOf, isObject, isText, type JsonObject } from './json';
import type { Ledger } from './ledger';
import { bearerOf } from './login';

/**
 * Site properties (services `accountConfigReadWrite` and `accountConfigReadOnly`).
 *
 * Undocumented, decided here: an answer's `ETag` is the bare number of the last write; `If-Match: -1` or none matches
 * everything, the number of the property or of the whole collection matches, anything else is 412; a PUT of an unknown
 * id creates it; a POST of an existing id is 409.
 */
export function propertyRoutes(deps: MessagingDeps, ledger: Ledger): readonly HttpRoute[] {
  const collection = /^\/api\/account\/(?<account>[^/]+)\/configuration\/setting\/properties$/;
  const single = /^\/api\/account\/(?<account>[^/]+)\/configuration\/setting\/properties\/(?<id>[^/]+)$/;
  const { properties } = ledger.state;
  // One write at a time: between the comparison of If-Match and the commit no other write may slip in.
  let writing: Promise<unknown> = Promise.resolve();

  function inTurn(write: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    const result = writing.then(write);
    writing = result.catch(() => undefined);
    return result;
  }

  async function store(candidate: Candidate): Promise<HttpAnswer> {
    const known = properties.get(candidate.id);
    const now = new Date().toISOString();
    const property: SiteProperty = {
      ...candidate,
      createdDate: known?.createdDate ?? now,
      modifiedDate: now,
      revision: siteRevision(ledger) + 1,
    };
    await ledger.commit({ what: 'property', property });
    return answerOne(known ? 200 : 201, property);
  }

  return [
    route('property', 'GET', collection, (request, parts) => {
      const all = [...properties.values()].map(wireForm);
      return denied(deps, ledger, request, parts) ?? json(200, all, { ETag: String(siteRevision(ledger)) });
    }),
    route('property', 'GET', single, (request, parts) => {
      const property = properties.get(parts['id'] ?? '');
      const missing = property ? answerOne(200, property) : refusal(404, 'There is no property with this id.');
      return denied(deps, ledger, request, parts) ?? missing;
    }),
    route('property', 'PUT', single, (request, parts) =>
      inTurn(async () => {
        const candidate = candidateOf(jsonBody(request), parts['id']);
        const refused = denied(deps, ledger, request, parts, 'write');
        if (refused) return refused;
        if (!candidate) return refusal(400, 'The body is not a property with the id of the path.');
        if (!isMatch(ledger, candidate.id, request)) return refusal(412, 'The property has changed since it was read.');
        const answer = await store(candidate);
        return { ...answer, status: 200 };
      }),
    ),
    route('property', 'POST', collection, (request, parts) =>
      inTurn(async () => {
        const candidate = candidateOf(arrayOf(jsonBody(request))[0], undefined);
        const refused = denied(deps, ledger, request, parts, 'write');
        if (refused) return refused;
        if (!candidate) return refusal(400, 'The body is not a property.');
        if (properties.has(candidate.id)) return refusal(409, 'There is a property with this id already.');
        return store(candidate);
      }),
    ),
  ];
}

type Candidate = Pick<SiteProperty, 'id' | 'type' | 'propertyValue' | 'deleted'>;

function siteRevision(ledger: Ledger): number {
  return Math.max(0, ...[...ledger.state.properties.values()].map(({ revision }) => revision));
}

function denied(
  deps: MessagingDeps,
  ledger: Ledger,
  request: HttpRequest,
  parts: PathParts,
  access: 'read' | 'write' = 'read',
): HttpAnswer | null {
  const user = parts['account'] === deps.accountId ? bearerOf(ledger, request) : null;
  if (!user) return refusal(401, 'The bearer is missing, wrong or expired.');
  if (access === 'write' && !user.isAdmin) return refusal(403, `The user ${user.username} may not write properties.`);
  return null;
}

function isMatch(ledger: Ledger, id: string, request: HttpRequest): boolean {
  const sent = request.headers['if-match']?.replace(/^W\//, '').replaceAll('"', '');
  if (sent === undefined || sent === '-1' || sent === '*') return true;
  const known = ledger.state.properties.get(id);
  return sent === String(known?.revision) || sent === String(siteRevision(ledger));
}

/** Real scripts send `deleted` and the value as strings or as booleans; the value is kept as it came. */
function candidateOf(body: unknown, pathId: string | undefined): Candidate | null {
  if (!isObject(body)) return null;
  const id = body['id'] ?? pathId;
  const { type, propertyValue, deleted } = body as JsonObject & { type?: unknown; propertyValue?: unknown };
  if (!isText(id) || (pathId !== undefined && id !== pathId)) return null;
  if (!isObject(propertyValue) || !('value' in propertyValue)) return null;
  if (type !== undefined && ![1, 2, 3, 4].includes(Number(type))) return null;
  return { id, type: Number(type ?? 2), propertyValue, deleted: deleted === true || deleted === 'true' };
}

function wireForm({ id, type, propertyValue, createdDate, modifiedDate, deleted }: SiteProperty): JsonObject {
  return { id, type, propertyValue, createdDate, modifiedDate, deleted };
}

function answerOne(status: number, property: SiteProperty): HttpAnswer {
  return json(status, wireForm(property), { ETag: String(property.revision) });
}
