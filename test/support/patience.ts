/** A busy machine is no fault: what a test waits for may take so long, in ms, a little less than the test itself. */
export const PATIENCE_MS = 100_000;

/** For a service under test: a query waits for what was written, however busy the machine is. */
export const PATIENT = { READ_AFTER_TIMEOUT_MS: '20000' };
