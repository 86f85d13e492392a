/** The entries that applications may import, each with its file in `dist`. A new entry is one line here. */
export const ENTRIES = {
  '.': 'src/event-sourcing/index',
  './users': 'src/users/index',
  './viewing': 'src/viewing/index',
  './viewing-messages': 'src/viewing/messages/index',
  './user-profile': 'src/user-profile/index',
  './content-popularity': 'src/content-popularity/index',
  './testing': 'src/testing/index',
  './migrations': 'migrations/index',
  './operations': 'src/operations/index',
  './health': 'src/health/index',
  './metrics': 'src/metrics/index',
  './jetstream': 'src/jetstream/index',
  './console': 'src/console/index',
  './http': 'src/api/index',
  './cli': 'src/cli/index',
};

/** Names of files for `.` and `./users`: `index` and `users`. */
export const fileOf = (entry) => entry.slice(2) || 'index';

/** The input of Rollup for all entries. */
export const inputs = () =>
  Object.fromEntries(Object.entries(ENTRIES).map(([entry, source]) => [fileOf(entry), `dist/${source}.js`]));
