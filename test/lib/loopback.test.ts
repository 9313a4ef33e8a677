import { LOOPBACK, isLoopback } from '../../src/lib/loopback';

test.each([LOOPBACK, 'localhost', 'LOCALHOST:7233', '127.0.0.1:80', '127.1.2.3', '[::1]', '[::1]:7233'])(
  '%s is this machine',
  (address) => expect(isLoopback(address)).toBe(true),
);

test.each([
  '',
  '127.evil.example',
  '127.0.0.1.example',
  'localhost.example',
  '10.0.0.1',
  '[::2]',
  '::1',
  '127.0.0.1:x',
])('%j is another machine', (address) => expect(isLoopback(address)).toBe(false));
