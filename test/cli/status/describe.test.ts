import { describeTransfer } from '../../../src/cli/status/describe';
import { styleFor } from '../../../src/cli/shared/output/style';
import type { TransferStatus } from '../../../src/client/types';
import { statusOf } from '../support/fake-client';
import { fakeIo } from '../support/fake-io';

function told(changes: Partial<TransferStatus>): string {
  const style = styleFor(fakeIo().stdout, { NO_COLOR: '1' });
  return describeTransfer(statusOf('acme-plan-7kq2', changes), { nowMs: Date.now(), uiUrl: null, style }).join('\n');
}

test('A transfer that was paused in its upload says that the upload starts again; a paused fetch loses nothing.', () => {
  expect(told({ state: 'paused', step: 'upload' })).toMatch(/on resume +the upload starts again/);
  expect(told({ state: 'paused', step: 'fetch' })).not.toContain('anew');
  expect(told({ state: 'running', step: 'upload' })).not.toContain('anew');
});

test('A file of a directory /v1 that is sent is not taken for a fetch, which publishes nothing.', () => {
  const source = '/v1/plans/plan.jpg';
  expect(told({ source, kind: 'send', state: 'running', step: 'publish' })).toContain('its message is being published');
  expect(told({ source, kind: 'fetch', state: 'running', step: 'fetch' })).toContain('a fetch, it publishes nothing');
});

test('Who asked for a transfer and who gave the last command are claims of the callers, without steering characters.', () => {
  const lastCommand = { name: 'pause', at: new Date().toISOString(), by: 'bob@lap' } as const;
  const lines = told({ by: 'eve\u202e@lap', why: 'the monthly report', lastCommand, state: 'paused' });
  expect(lines).toMatch(/asked by +eve\ufffd@lap: the monthly report/);
  expect(lines).toMatch(/pause +\d\d:\d\d.*, bob@lap/);
  expect(told({})).not.toContain('asked by');
});
