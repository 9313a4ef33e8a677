import { execFileSync } from 'node:child_process';
import { cli, summary } from './support.mjs';

export function benchHelp() {
  const time = (args) => {
    const begun = performance.now();
    execFileSync(process.execPath, args);
    return performance.now() - begun;
  };
  time([cli, '--help']);
  const pairs = Array.from({ length: 21 }, () => [time([cli, '--help']), time(['-e', '0'])]);
  return [
    summary(
      'ferry --help',
      'ms',
      pairs.map(([help]) => help),
      '< 150',
    ),
    summary(
      'the same beside an empty Node',
      'ratio',
      pairs.map(([help, empty]) => help / empty),
      '',
    ),
  ];
}
