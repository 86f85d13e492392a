// What takes long, in full: more requests, more kills, more rounds. The tests are those of `npm test`.
process.env.EVENTFOLD_TESTS = 'long';
export { default } from './jest.config.js';
