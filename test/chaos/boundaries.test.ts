/**
 * kill -9 of the worker between every two lines of effect in open and publish: at each request that they make, before it
 * has an effect, after it, after its answer, and after Temporal was told. A real Temporal, real worker processes, a
 * sandbox for each case.
 */
import { casesAt, MOMENTS, type Moment } from './boundaries/cases';
import { play, type Played } from './boundaries/play';

const WORDS: Readonly<Record<Moment, string>> = {
  arrived: 'before the service has looked at the request',
  done: 'when it is done and its answer not yet read',
  answered: 'when its answer was read and Temporal not told',
  told: 'when Temporal has just been told',
};

const played = new Map<Moment, Promise<ReadonlyMap<string, Played>>>();

beforeAll(async () => {
  // Side by side: nearly all of their time they wait for Temporal to give up on a killed attempt.
  for (const moment of MOMENTS) played.set(moment, play(moment));
  await Promise.allSettled(played.values());
}, 600_000);

describe.each(MOMENTS)('A worker that is killed (%s)', (moment) => {
  test.each(casesAt(moment))(`${WORDS[moment]}, as $name, leaves one conversation and one message.`, async ({ id }) => {
    const { reached, outcomes, messages, conversations } = (await played.get(moment))!.get(id)!;
    expect(reached).toBe(true);
    expect(outcomes.map(({ state, error }) => ({ state, error }))).toEqual(
      outcomes.map(() => ({ state: 'done', error: null })),
    );
    const receipts = outcomes.map(({ receipt }) => ({
      relativePath: receipt!.relativePath,
      sequence: receipt!.sequence,
      conversationId: receipt!.conversationId,
    }));
    const published = messages.map(({ relativePath, sequence, conversationId }) => ({
      relativePath,
      sequence,
      conversationId,
    }));
    expect(published).toHaveLength(receipts.length);
    expect(published).toEqual(expect.arrayContaining(receipts));
    // Each transfer has a consumer of its own.
    expect(conversations).toHaveLength(receipts.length);
    expect(new Set(receipts.map(({ conversationId }) => conversationId)).size).toBe(receipts.length);
  });
});
