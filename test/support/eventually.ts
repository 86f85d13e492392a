import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits until the assertion holds, at most `withinMs` (a machine may be busy). Then the test fails with its last
 * failure.
 */
export async function eventually(assertion: () => void | Promise<void>, withinMs = 60_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (performance.now() > deadline) throw error;
      await sleep(10);
    }
  }
}
