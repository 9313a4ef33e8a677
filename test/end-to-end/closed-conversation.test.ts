import { join } from 'node:path';
import { closeConsumers, logIn, openSocket } from '../../sandbox/test/messaging/support/consumer';
import { ACCOUNT } from '../../sandbox/test/messaging/support/site';
import { waitFor } from '../support/wait-for';
import { openMachine, type Machine, type Up } from './machine';
import { writeJpeg } from './pictures';

let machine: Machine;
let up: Up;

beforeAll(async () => {
  machine = await openMachine();
  up = await machine.up();
}, 120_000);
afterAll(async () => {
  closeConsumers();
  await machine.close();
});

test('A file that went to a conversation which an agent has closed since is not sent again, and that is said; --again opens another.', async () => {
  const path = await writeJpeg(join(machine.directory, 'plan.jpg'));
  const [receipt] = (await machine.ferry(['send', path, '--json'])).documents;
  await closeAsAgent(receipt!['conversationId'] as string);

  const repeated = await machine.ferry(['send', path, '--json']);
  expect(repeated.code).toBe(3);
  expect(repeated.documents).toEqual([
    expect.objectContaining({ type: 'receipt', transferId: receipt!['transferId'], repeated: true }),
    expect.objectContaining({ type: 'error', error: expect.objectContaining({ code: 'CONVERSATION_CLOSED' }) }),
  ]);
  expect(await up.page('messages')).toHaveLength(1);

  const again = await machine.ferry(['send', path, '--again', '--json']);
  expect(again.code).toBe(0);
  expect(again.documents[0]!['conversationId']).not.toBe(receipt!['conversationId']);
  expect(await up.page('messages')).toHaveLength(2);
}, 60_000);

async function closeAsAgent(conversationId: string): Promise<void> {
  const { sandboxUrl } = up;
  const host = new URL(sandboxUrl).host;
  const bearer = await logIn({ host, fetch: (url, init) => fetch(new URL(url, sandboxUrl), init) });
  const agent = await openSocket(`ws://${host}/ws_api/account/${ACCOUNT}/messaging/brand/${bearer}?v=2.1`);
  const close = { field: 'ConversationStateField', conversationState: 'CLOSE' };
  await agent.request('.ams.cm.UpdateConversationField', { conversationId, conversationField: [close] });
  await waitFor(async () => {
    const conversations = await up.page('conversations');
    return conversations.find((each) => each['conversationId'] === conversationId)?.['state'] === 'CLOSE' || undefined;
  });
}
