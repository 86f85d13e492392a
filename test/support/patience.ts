/** The longest wait of a test, in ms, which is a little shorter than the test itself. A busy machine is no fault. */
export const PATIENCE_MS = 100_000;

/** For a service under test: a query waits for the written events, however busy the machine is. */
export const PATIENT = { READ_AFTER_TIMEOUT_MS: '20000' };
