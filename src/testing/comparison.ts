import { AssertionError, deepStrictEqual } from 'node:assert';

/**
 * Compares what a test has with what it expects, and says what is wrong before it shows the difference.
 *
 * @param from the function that the stack shall begin above: the test's own line comes first
 * @throws AssertionError, which every test runner knows
 */
export function compare(actual: unknown, expected: unknown, wrong: string, from: Function): void {
  try {
    deepStrictEqual(actual, expected);
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error;
    const message = `${wrong}\n${error.message}`;
    throw new AssertionError({ message, actual, expected, operator: 'deepStrictEqual', stackStartFn: from });
  }
}

/** @throws AssertionError without a difference to show */
export function fail(message: string, from: Function, cause?: unknown): never {
  const failure = new AssertionError({ message, stackStartFn: from });
  if (cause !== undefined) failure.cause = cause;
  throw failure;
}
