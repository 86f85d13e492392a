import { AssertionError, deepStrictEqual } from 'node:assert';

/**
 * Compares the actual value of a test with the expected one. The message comes before the difference.
 *
 * @throws AssertionError, which every test runner knows
 */
export function compare(actual: unknown, expected: unknown, wrong: string): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    const message = `${wrong}\n${error.message}`;
    throw new AssertionError({ message, actual, expected, operator: 'deepStrictEqual' });
  }
}

/** @throws AssertionError without a difference to show */
export function fail(message: string, cause?: unknown): never {
  const failure = new AssertionError({ message });
  if (cause !== undefined) failure.cause = cause;
  throw failure;
}
