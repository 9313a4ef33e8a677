import type { CommandDefinition } from '../../shared/command';
import { addAskedFlags } from '../../shared/flags/transfer-flags';
import type * as Steer from './run';

const load = (): typeof Steer => require('./run') as typeof Steer;

export const pauseCommand: CommandDefinition = {
  usage: 'pause <name>',
  description: 'start no more runs until it is resumed',
  addFlags: addAskedFlags,
  help: 'A job that is under way goes on. ferry schedule list shows --why.',
  examples: ["ferry schedule pause inbox --why 'storage is being moved'"],
  load: () => load().runPause,
};

export const resumeCommand: CommandDefinition = {
  usage: 'resume <name>',
  description: 'go on with its times',
  addFlags: addAskedFlags,
  help: 'Times that passed while it was paused are not made up for.',
  examples: ['ferry schedule resume inbox'],
  load: () => load().runResume,
};

export const triggerCommand: CommandDefinition = {
  usage: 'trigger <name>',
  description: 'run it now, unless a run is under way',
  addFlags: addAskedFlags,
  examples: ['ferry schedule trigger inbox'],
  load: () => load().runTrigger,
};

export const removeCommand: CommandDefinition = {
  usage: 'remove <name>',
  description: 'remove it; a job that it has started goes on',
  addFlags: addAskedFlags,
  examples: ['ferry schedule remove inbox'],
  load: () => load().runRemove,
};
