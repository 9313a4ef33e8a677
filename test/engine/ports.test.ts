import { freePort, isPortFree } from '../../src/engine';

test('A free port is outside the range from which the system assigns ports itself.', async () => {
  const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
  expect(Math.max(...ports)).toBeLessThan(32_768);
  expect(Math.min(...ports)).toBeGreaterThan(1024);
  expect(await isPortFree(ports[0]!)).toBe(true);
});
