import { childEnv, NETWORK } from '../../src/lib/child-env';

const env = {
  PATH: '/bin',
  HOME: '/home/x',
  LC_ALL: 'C',
  FERRY_SEAL_KEY: 's',
  FERRY_PAYLOAD_KEY: 'p',
  ACME_PASSWORD: 'hunter2',
  AWS_SECRET_ACCESS_KEY: 'a',
  TEMPORAL_API_KEY: 't',
  https_proxy: 'http://proxy:3128',
  VAULT_ADDR: 'v',
};

test('a program gets what it needs to run, and no secret', () => {
  expect(childEnv(env)).toEqual({ PATH: '/bin', HOME: '/home/x', LC_ALL: 'C' });
});

test('what else it needs is named', () => {
  expect(childEnv(env, NETWORK)).toMatchObject({ https_proxy: 'http://proxy:3128' });
  expect(childEnv(env, 'VAULT_ADDR')).toEqual({ PATH: '/bin', HOME: '/home/x', LC_ALL: 'C', VAULT_ADDR: 'v' });
});
