/**
 * A refusal of what comes before the publish of attempt 2 says nothing about attempt 1, whose message has landed: every
 * refusal of every such request. A real Temporal, a real worker process, a sandbox for each case.
 */
import type { Played } from './boundaries/play';
import { REFUSALS } from './refusals/cases';
import { play } from './refusals/play';

let played: ReadonlyMap<string, Played>;
beforeAll(async () => {
  played = await play();
}, 400_000);

test.each(REFUSALS)(
  'When $name after the message has landed, there is one conversation and one message.',
  ({ id, identityLost }) => {
    const { reached, outcomes, messages, conversations } = played.get(id)!;
    expect(reached).toBe(true);
    expect(messages).toHaveLength(1);
    expect(conversations).toHaveLength(1);
    const known = { state: 'done', error: null, receipt: { sequence: messages[0]!.sequence } };
    const unknown = { state: 'failed', error: { message: expect.stringContaining('is not known') }, receipt: null };
    expect(outcomes).toMatchObject([identityLost ? unknown : known]);
  },
);
