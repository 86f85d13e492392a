/**
 * How much of something a test does: `npm test` does the short form in minutes, `npm run test:long` the long one.
 *
 * @param long may be given by a variable of the environment as well, for a test that is looked into
 */
export const scaled = <Value>(short: Value, long: Value): Value =>
  process.env.EVENTFOLD_TESTS === 'long' ? long : short;
