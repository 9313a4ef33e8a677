import type { CommandEnvironment } from '../../../src/cli/shared/command';
import { createOutput } from '../../../src/cli/shared/output/output';
import type { PreparedFile } from '../../../src/cli/send/prepare';
import type { SendOptions } from '../../../src/cli/send/command';
import type { SendPlan } from '../../../src/cli/send/types';
import { accountConfig } from '../../support/account';
import type { FakeIo } from './fake-io';

export function planFor(io: FakeIo, options: SendOptions = {}): SendPlan {
  return {
    account: accountConfig(),
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
