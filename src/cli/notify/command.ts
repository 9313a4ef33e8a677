import type { CommandGroup } from '../shared/command';
import { notifyTestCommand } from './test/command';

export const notifyCommands: CommandGroup = {
  name: 'notify',
  description: 'messages to your chat or pager when something needs a person',
  help: 'Each [[notify]] of ferry.toml is a receiver; docs/monitoring.md tells what they get, and how often.',
  examples: ['ferry notify test', 'ferry notify test ops'],
  commands: [notifyTestCommand],
};
