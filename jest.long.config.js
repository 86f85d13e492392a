import config from './jest.config.js';

// What takes long, in full: more requests, more kills, more rounds. The tests are those of `npm test`.
process.env.EVENTFOLD_TESTS = 'long';
export default { ...config, testTimeout: 30 * 60_000 };
