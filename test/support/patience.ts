/** For a service under test: a query waits for what was written, however busy the machine is. */
export const PATIENT = { READ_AFTER_TIMEOUT_MS: '20000' };
