import type { CommandDefinition } from '../shared/command';
import { portFlag } from '../shared/flags/values';
import { addSandboxFlags } from '../shared/flags/sandbox-flags';
import type * as Sandbox from './run';

export const sandboxCommand: CommandDefinition = {
  usage: 'sandbox',
  description: 'run a LivePerson of your own to try things on',
  addFlags: (command) =>
    addSandboxFlags(command.option('--port <port>', 'port on 127.0.0.1 (default: 8480; 0 picks one)', portFlag)),
  examples: [
    'ferry sandbox --port 8480 --state /tmp/sandbox',
    'ferry sandbox --url-life 2',
    'curl -s http://127.0.0.1:8480/_sandbox/messages',
    'curl -s -H \'content-type: application/json\' -d \'{"at":"put","do":{"status":503},"times":3}\' http://127.0.0.1:8480/_sandbox/faults',
  ],
  load: () => (require('./run') as typeof Sandbox).runSandbox,
};
