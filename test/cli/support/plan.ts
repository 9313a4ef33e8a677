import type { CommandEnvironment } from '../../../src/cli/shared/command';
import { createOutput } from '../../../src/cli/shared/output/output';
import type { PreparedFile } from '../../../src/cli/send/prepare';
import type { SendOptions } from '../../../src/cli/send/command';
import type { SendPlan } from '../../../src/cli/send/types';
import type { AccountConfig } from '../../../src/config/types';
import type { FakeIo } from './fake-io';

const ACCOUNT: AccountConfig = {
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
  practice: false,
};

export function planFor(io: FakeIo, options: SendOptions = {}): SendPlan {
  return {
    account: ACCOUNT,
    consumer: 'ops',
    host: 'here',
    local: true,
    fetchTo: options.fetchTo ?? null,
    startedMs: io.now(),
    options,
  };
}

export function filesNamed(...names: string[]): PreparedFile[] {
  return names.map((name) => ({
    source: name,
    path: `/data/${name}`,
    name,
    sizeBytes: 800_000,
    fileType: 'JPG',
    inspection: null,
    notes: [],
  }));
}

export function environmentOf(io: FakeIo, json = false): CommandEnvironment {
  return { io, output: createOutput(io, json), flags: { json } };
}
