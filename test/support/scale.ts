/**
 * The amount of work of a test: `npm test` does the short form in minutes, `npm run test:long` the long one.
 *
 * @param long a variable of the environment can also set it, for a test under examination
 */
export const scaled = <Value>(short: Value, long: Value): Value =>
  process.env.EVENTFOLD_TESTS === 'long' ? long : short;
