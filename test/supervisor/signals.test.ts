import { onEndSignals } from '../../src/supervisor/signals';

const hangUp = jest.mocked(jest.requireMock<{ hasTerminal: () => boolean }>('../../src/lib/hang-up').hasTerminal);
jest.mock('../../src/lib/hang-up', () => ({
  ...jest.requireActual<object>('../../src/lib/hang-up'),
  hasTerminal: jest.fn(),
}));

const shell = process.env['_'];
afterEach(() => {
  process.env['_'] = shell;
});

/** What is heard of a hang-up. */
function heard(startedBy: string, terminal: boolean): string[] {
  process.env['_'] = startedBy;
  hangUp.mockReturnValue(terminal);
  const signals: string[] = [];
  const stop = onEndSignals(
    (signal) => signals.push(signal),
    () => signals.push('again'),
  );
  process.emit('SIGHUP', 'SIGHUP');
  process.emit('SIGTERM', 'SIGTERM');
  stop();
  return signals;
}

test('A terminal that hangs up ends a ferry up, but not one that nohup started or that has no terminal.', () => {
  expect(heard('/usr/bin/node', true)).toEqual(['SIGHUP', 'again']);
  expect(heard('/usr/bin/nohup', true)).toEqual(['SIGTERM']);
  expect(heard('/usr/bin/node', false)).toEqual(['SIGTERM']);
});
