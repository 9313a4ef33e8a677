/** Frames that are nearly good, and such that are not. */
import * as fc from 'fast-check';

import type { Victim } from './fuzzed-site';

/** Whose things frames can name. */
export interface Cast {
  readonly victim: Victim;
  readonly own: Victim;
}

/** A value nested so deep that who walks it by recursion falls. */
const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;

/** Values as JSON texts, so that what no program would write can be sent too. */
const oddValue = fc.oneof(
  fc.constantFrom('null', 'true', '""', '[]', '{}', '-1', '0', '1e999', '1e21', '9007199254740993', '"\\ud800"'),
  fc.constantFrom('"__proto__"', '"constructor"', '{"__proto__":{"role":"MANAGER"}}', '[[]]', '[null]', '"-1"', '0.5'),
  fc.constantFrom(deep(200), deep(20_000), JSON.stringify('x'.repeat(70_000))),
  fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }).map((value) => JSON.stringify(value)),
);

/** Ids that are somebody's, with whose they are; resolved late, because they are known only when the sandbox runs. */
const idValue: fc.Arbitrary<Value> = fc.constantFrom<Value[]>(
  (cast) => JSON.stringify(cast.victim.conversationId),
  (cast) => JSON.stringify(cast.victim.relativePath),
  (cast) => JSON.stringify(cast.victim.consumerId),
  (cast) => JSON.stringify(cast.own.conversationId),
  (cast) => JSON.stringify(cast.own.relativePath),
  (cast) => JSON.stringify(cast.own.jwt),
);
/** JSON text, known once the cast is. */
type Value = (cast: Cast) => string;
const anyValue: fc.Arbitrary<Value> = fc.oneof(
  { weight: 2, arbitrary: oddValue.map((text) => () => text) },
  { weight: 3, arbitrary: idValue },
);

export const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  GetClock: [],
  KeepAlive: [],
  'userprofile.SetUserProfile': ['authenticatedData'],
  'cm.ConsumerRequestConversation': ['ttrDefName', 'channelType', 'brandId', 'skillId', 'conversationContext'],
  'cm.UpdateConversationField': ['conversationId', 'conversationField'],
  'cqm.SubscribeExConversations': ['convState', 'stage', 'minLastUpdatedTime'],
  'cqm.UnsubscribeExConversations': ['subscriptionId'],
  'ms.SubscribeMessagingEvents': ['dialogId', 'fromSeq'],
  'ms.GenerateURLForUploadFile': ['fileSize', 'fileType'],
  'ms.GenerateURLForDownloadFile': ['relativePath'],
  'ms.PublishEvent': ['dialogId', 'conversationId', 'event'],
};

const FILE_SIZES = ['1', '"1000"', '3145728', '3145729', '-5'];

/** The good value of a field, so that frames come far. */
const goodValue = (field: string): fc.Arbitrary<Value> => {
  switch (field) {
    case 'dialogId':
    case 'conversationId':
      return fc.constant((cast) => JSON.stringify(cast.own.conversationId));
    case 'relativePath':
      return fc.constant((cast) => JSON.stringify(cast.own.relativePath));
    case 'fileType':
      return fc.constantFrom(
        () => '"PNG"',
        () => '"EXE"',
      );
    case 'fileSize':
      return fc.constantFrom(...FILE_SIZES.map((size) => () => size));
    case 'event':
      return eventValue;
    case 'conversationField':
      return fieldValue;
    default:
      return anyValue;
  }
};

function objectOf(fields: readonly (readonly [string, fc.Arbitrary<Value>])[]): fc.Arbitrary<Value> {
  const entries = fields.map(([name, value]) =>
    fc
      .oneof({ weight: 6, arbitrary: value }, { weight: 1, arbitrary: anyValue }, fc.constant(null))
      .map((chosen) => ({ name, chosen })),
  );
  return fc.tuple(...entries).map((all) => (cast: Cast) => {
    const present = all.flatMap(({ name, chosen }) =>
      chosen === null ? [] : [`${JSON.stringify(name)}:${chosen(cast)}`],
    );
    return `{${present.join(',')}}`;
  });
}

const constants = (...texts: string[]): fc.Arbitrary<Value> =>
  fc.constantFrom(...texts).map((text) => () => JSON.stringify(text));

const messageValue = objectOf([
  ['caption', constants('', 'site plan')],
  ['relativePath', fc.oneof(goodValue('relativePath'), idValue)],
  ['fileType', constants('PNG', 'PDF')],
  ['preview', constants('', 'data:image/png;base64,AA==', 'p'.repeat(40_000))],
]);
const eventValue = objectOf([
  ['type', constants('ContentEvent', 'ContentEvent', 'AcceptStatusEvent', 'ChatStateEvent')],
  ['contentType', constants('hosted/file', 'hosted/file', 'text/plain')],
  ['message', messageValue],
  ['status', constants('READ')],
  ['sequenceList', fc.constant(() => '[0]')],
  ['chatState', constants('ACTIVE')],
]);
/** Never one that closes: the story would end there. */
const fieldValue = objectOf([
  ['field', constants('TTRField', 'CSATRate', 'DialogChange', 'ParticipantsChange', 'Skill')],
  ['ttrType', constants('NORMAL')],
  ['value', fc.constantFrom(() => '60')],
  [
    'csatRate',
    fc.constantFrom(
      () => '5',
      () => 'null',
    ),
  ],
  ['userId', idValue],
  ['role', constants('MANAGER', 'CONSUMER')],
]);

export interface WildFrame {
  readonly type: string;
  readonly body: Value;
  readonly extra: readonly Value[];
}

function nearlyGoodOf(requests: Readonly<Record<string, readonly string[]>>): fc.Arbitrary<WildFrame> {
  return fc.constantFrom(...Object.keys(requests)).chain((type) =>
    fc.record({
      type: fc.constant(type),
      body: objectOf((requests[type] ?? []).map((field) => [field, goodValue(field)] as const)),
      extra: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, fc.tuple(anyValue, anyValue)),
    }),
  );
}

export const nearlyGood = nearlyGoodOf(REQUESTS);

/** The same on the brand's socket. */
export const nearlyGoodOfBrand = nearlyGoodOf({
  '.GetClock': [],
  '.ams.aam.SubscribeExConversations': ['convState', 'stage', 'agentIds', 'consumerId'],
  '.ams.aam.UnsubscribeExConversations': ['subscriptionId'],
  '.ams.cm.UpdateConversationField': ['conversationId', 'conversationField'],
  '.ams.ms.QueryMessages': ['dialogId', 'newerThanSequence'],
  '.ams.ms.PublishEvent': ['dialogId', 'event'],
  '.ams.ms.GenerateURLForUploadFile': ['fileSize', 'fileType'],
  '.ams.ms.GenerateURLForDownloadFile': ['relativePath'],
  '.ams.userprofile.GetUserProfile': ['userId'],
  '.ams.routing.SetAgentState': ['availability'],
});

export const unheardOf: fc.Arbitrary<WildFrame> = fc.record({
  type: fc.oneof(
    fc.constantFrom(
      'toString',
      '__proto__',
      'constructor',
      'InitConnection',
      'ms.publishevent',
      'cm.RequestConversation',
    ),
    fc.string({ minLength: 1, unit: 'binary' }).filter((text) => !text.startsWith('.')),
    fc.constant('').map(() => 'secret'),
  ),
  body: anyValue,
  extra: fc.constant([]),
});

export const isTooDeep = (text: string): boolean => text.includes('['.repeat(100));

/** @param id of the request */
export function textOf({ type, body, extra }: WildFrame, id: string, cast: Cast): string {
  const [headers, metadata] = extra;
  const more = headers && metadata ? `,"headers":${headers(cast)},"metadata":${metadata(cast)}` : '';
  const name = type === 'secret' ? cast.own.jwt : type;
  return `{"kind":"req","id":${JSON.stringify(id)},"type":${JSON.stringify(name)},"body":${body(cast)}${more}}`;
}
