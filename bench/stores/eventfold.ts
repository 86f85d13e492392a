import { EventStore } from '../../src/event-sourcing/index.js';
import { ContentWatched } from '../../src/viewing/viewing.events.js';
import { openEventfold } from '../open-eventfold.js';
import { type Contender, POOL_SIZE } from './contender.js';

/** The longest stream that the benchmarks read at once. */
const MAX_COUNT = 1_000;

/** This project's log. Its projections are off, because no other store here folds anything. */
export async function openEventfoldStore(
  url: string,
  environment: NodeJS.ProcessEnv = {},
): Promise<Contender> {
  const app = await openEventfold(url, { ...environment, DATABASE_POOL_SIZE: String(POOL_SIZE) });
  const store = app.get(EventStore);
  return {
    name: 'eventfold',
    append: (streamId, version, events) =>
      store.appendToStream(
        streamId,
        version === 0 ? 'no-stream' : version,
        events.map((data) => new ContentWatched(data)),
      ),
    read: (streamId) => store.readStream(streamId, { maxCount: MAX_COUNT }),
    close: () => app.close(),
  };
}
