import * as fc from 'fast-check';
import { defaultPayloadConverter, type Payload, type SerializationContext } from '@temporalio/common';
import { createPayloads, unsealForDisplay } from '../../src/codec';
import { makeSealKey, parseSealKeys } from '../../src/secrets';

const NAMESPACE = 'n';
const keys = parseSealKeys(makeSealKey());
const { payloadCodecs } = createPayloads(keys).dataConverter;
const codec = payloadCodecs![0]!;

const workflow: SerializationContext = { type: 'workflow', namespace: NAMESPACE, workflowId: 'w' };
const activity: SerializationContext = { ...workflow, type: 'activity', activityId: '5', isLocal: false };
const REFUSED = { ferryRefused: 'not sealed for this place' };

const toPayload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const seal = async (value: unknown, context?: SerializationContext): Promise<Payload> =>
  (await codec.encode([toPayload(value)], context))[0]!;
const open = async (payload: Payload, context?: SerializationContext): Promise<unknown> =>
  defaultPayloadConverter.fromPayload((await codec.decode([payload], context))[0]!);

test('what was sealed opens in its place, whatever it is', async () => {
  for (const value of [{ path: '/home/x/plan.jpg' }, null, undefined, 7, 'text', [], new Uint8Array([1, 2])]) {
    for (const context of [workflow, activity, undefined]) {
      expect(await open(await seal(value, context), context)).toEqual(value);
    }
  }
});

test('nothing of a payload stands in clear, and no two seals are alike', async () => {
  const [one, two] = [await seal('plan.jpg', workflow), await seal('plan.jpg', workflow)];
  expect(Buffer.from(one.data!).toString('latin1')).not.toMatch(/plan|json/);
  expect(Buffer.from(one.data!).equals(Buffer.from(two.data!))).toBe(false);
});

test.each<[string, SerializationContext | undefined]>([
  ['another namespace', { ...workflow, namespace: 'm' }],
  ['another workflow', { ...workflow, workflowId: 'v' }],
  ['an activity of the workflow', activity],
  ['no place', undefined],
])('a payload that was copied to %s is refused', async (_where, context) => {
  expect(await open(await seal('x', workflow), context)).toEqual(REFUSED);
});

test('a payload of one activity is refused in another, and in the workflow', async () => {
  const sealed = await seal('x', activity);
  expect(await open(sealed, { ...activity, activityId: '6' })).toEqual(REFUSED);
  expect(await open(sealed, workflow)).toEqual(REFUSED);
});

test('a payload in clear, of another key, or without anything in it is refused', async () => {
  const other = createPayloads(parseSealKeys(makeSealKey())).dataConverter.payloadCodecs![0]!;
  const [foreign] = await other.encode([toPayload('x')], workflow);
  for (const payload of [toPayload('x'), foreign!, {}, { metadata: null, data: null }, { metadata: {} }]) {
    expect(await open(payload, workflow)).toEqual(REFUSED);
  }
});

test('an older key of the ring still opens', async () => {
  const sealed = await seal('x', workflow);
  const rotated = createPayloads([...parseSealKeys(makeSealKey()), ...keys]).dataConverter.payloadCodecs![0]!;
  const [opened] = await rotated.decode([sealed], workflow);
  expect(defaultPayloadConverter.fromPayload(opened!)).toBe('x');
});

test('no payload that somebody changes or makes up is opened, and none throws', async () => {
  const sealed = await seal({ a: 'text' }, workflow);
  const bytes = Buffer.from(sealed.data!);
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }));
  await fc.assert(
    fc.asyncProperty(change, async ([at, by]) => {
      const changed = Buffer.from(bytes);
      changed[at] = changed[at]! ^ by;
      expect(await open({ ...sealed, data: changed }, workflow)).toEqual(REFUSED);
    }),
  );
  const metadata = fc.dictionary(fc.constantFrom('encoding', 'key', 'of'), fc.uint8Array());
  await fc.assert(
    fc.asyncProperty(metadata, fc.uint8Array(), async (made, data) => {
      expect(await open({ metadata: { ...sealed.metadata, ...made }, data }, workflow)).toEqual(REFUSED);
    }),
  );
});

test('for showing, the owner that stands beside a payload is enough; a changed one is not', async () => {
  const sealed = await seal('x', activity);
  expect(defaultPayloadConverter.fromPayload(unsealForDisplay(keys, sealed)!)).toBe('x');
  expect(unsealForDisplay(keys, { ...sealed, metadata: { ...sealed.metadata, of: Buffer.from('[]') } })).toBeNull();
});

test('names are shown as they are in clear, and by a hash that lasts where payloads are sealed', () => {
  expect(createPayloads(null).shown('acme', 'ops')).toBe('ops');
  const shown = createPayloads(keys).shown('acme', 'ops');
  expect(shown).toMatch(/^[0-9a-f]{16}$/);
  expect(createPayloads(parseSealKeys(makeSealKey())).shown('acme', 'ops')).toBe(shown);
  expect(createPayloads(keys).shown('acme2', 'ops')).not.toBe(shown);
});
