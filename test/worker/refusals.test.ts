import { loadConfig } from '../../src/config';
import { createAccounts } from '../../src/worker/accounts';
import { configDir } from '../config/config-dir';
import { setUp, tearDown } from '../liveperson/support/harness';
import { reply, tokenOf } from '../liveperson/support/stub';

afterEach(tearDown);

test.each([
  [{ errorCode: 40_377 }, 'TOO_LARGE'],
  [{ errorCode: 40_378 }, 'OBJECT_MISSING'],
])(
  'an account says in ferry.toml what a refusal with %j means, and the errorCode goes first',
  async (body, meaning) => {
    const { stub, liveperson } = await setUp();
    const files = configDir();
    try {
      files.put(
        'ferry.toml',
        `[accounts.acme]
accountId = "12345678"
domain = "${stub.host}"
plaintext = true
refusals = { 418 = "OBJECT_MISSING", 40377 = "TOO_LARGE" }
`,
      );
      const accounts = createAccounts(loadConfig({ env: files.env, cwd: files.dir }), files.env);
      stub.onFrame = (frame) => {
        reply(frame, 418, body);
        return true;
      };
      const session = liveperson.session(accounts.get('acme').address, tokenOf('sub-1'));
      await expect(session.requestUploadUrl({ sizeBytes: 1, fileType: 'PNG' })).rejects.toMatchObject({
        code: meaning,
      });
      await accounts.close();
    } finally {
      files.remove();
    }
  },
);
