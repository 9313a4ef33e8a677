import { watchLoopDelay } from '../../src/lib/loop-delay';
import { waitFor } from '../support/wait-for';

function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test('A stall of the event loop is still seen after its end, and forgotten later', async () => {
  const delay = watchLoopDelay();
  try {
    expect(delay.worstMs()).toBeLessThan(400);
    block(900);
    expect(delay.worstMs()).toBeGreaterThanOrEqual(600);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    expect(delay.worstMs()).toBeGreaterThanOrEqual(600);
    await waitFor(() => (delay.worstMs() < 600 ? true : undefined));
  } finally {
    delay.stop();
  }
}, 30_000);
