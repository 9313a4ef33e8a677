import type { CommandDefinition } from '../shared/command';
import type * as Completion from './run';

export const completionCommand: CommandDefinition = {
  usage: 'completion <shell>',
  description: 'completion script for bash, zsh or fish',
  examples: ['source <(ferry completion bash)', 'ferry completion fish > ~/.config/fish/completions/ferry.fish'],
  load: (program) => (require('./run') as typeof Completion).completionOf(program),
};
