import { run } from '../../../src/cli/program/run';
import { configDir, type ConfigDir } from '../../config/config-dir';
import { openReceiver, type Receiver } from '../../notify/receiver';
import { documents, fakeIo } from '../support/fake-io';

let files: ConfigDir;
let receiver: Receiver;
beforeEach(async () => {
  files = configDir();
  receiver = await openReceiver();
});
afterEach(async () => {
  files.remove();
  await receiver.close();
});

async function notify(toml: string, ...words: readonly string[]) {
  const path = files.put('ferry.toml', toml);
  const io = fakeIo({ env: { ...files.env, HOOK: receiver.url }, cwd: files.dir });
  const code = await run(['notify', 'test', '--config', path, ...words], io);
  return { code, io };
}

const OPS = '[[notify]]\nname = "ops"\nformat = "slack"\nurlEnv = "HOOK"\nprivateHosts = ["127.0.0.1"]\n';
const INSIDE = '[[notify]]\nname = "inside"\nformat = "teams"\nurl = "https://10.0.0.1/x"\n';

test('Each receiver gets a test message, and what it answered is said.', async () => {
  const { code, io } = await notify(OPS, '--json');
  expect(code).toBe(0);
  expect(documents(io)).toMatchObject([
    { type: 'status', v: 1, notify: 'ops', delivered: true, status: 204, error: null },
  ]);
  expect(receiver.got[0]?.body).toContain('This is a test of Ferry');
});

test('A receiver that may not be reached, or that answers no, ends with exit 3 and a remedy; the others are tried.', async () => {
  receiver.answer = { status: 404 };
  const { code, io } = await notify(`${INSIDE}${OPS}`);
  expect(code).toBe(3);
  expect(io.out()).toContain('privateHosts does not name 10.0.0.1');
  expect(io.out()).toContain('The receiver of notices ops answered 404.');
});

test('Only those named are told, and a wrong name is a mistake with a suggestion.', async () => {
  expect((await notify(`${INSIDE}${OPS}`, 'ops')).code).toBe(0);
  const { code, io } = await notify(OPS, 'opz');
  expect(code).toBe(2);
  expect(io.err()).toContain('did you mean ops?');
  expect((await notify('', 'ops')).code).toBe(2);
});
