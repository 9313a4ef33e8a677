import type { AccountConfig } from '../../src/config/types';

/** An account as a short ferry.toml gives it. */
export function accountConfig(changes: Partial<AccountConfig> = {}): AccountConfig {
  return {
    name: 'acme',
    accountId: '12345678',
    domain: 'api.liveperson.net',
    plaintext: false,
    caFile: null,
    trustedHosts: [],
    refusals: {},
    enableFileSharing: false,
    login: null,
    consumer: { mode: 'signup', name: 'ops' },
    skillId: '-1',
    files: { types: ['JPG', 'PNG'], maxBytes: 3_000_000 },
    fetched: { maxBytes: 100_000_000, mode: 0o600 },
    directories: null,
    limits: null,
    practice: false,
    ...changes,
  };
}
