import { randomUUID } from 'node:crypto';

/** An event store in the benchmarks: the few operations in which all stores can be compared. */
export interface Contender {
  readonly name: string;
  /** Appends to a stream that must be at `version`. With 0, the stream must not exist. */
  append(streamId: string, version: number, events: readonly Watched[]): Promise<unknown>;
  /** All events of a stream, parsed, in the form in which the store returns them. */
  read(streamId: string): Promise<readonly unknown[]>;
  close(): Promise<void>;
}

/** Creates the store's objects in the database and connects to it, with `POOL_SIZE` connections. */
export type OpenContender = (url: string) => Promise<Contender>;

export const POOL_SIZE = 16;
export const EVENT_TYPE = 'content.watched';

/** The event that all stores append: about 120 bytes of JSON. */
export interface Watched {
  userId: string;
  contentId: string;
  watchDurationSeconds: number;
  completionPercentage: number;
}

export const newStream = () => `user-${randomUUID()}`;

export function watchedEvents(count: number): Watched[] {
  return Array.from({ length: count }, (_, index) => ({
    userId: '3f2b8c1e-9d47-4d55-a7cb-2e2f1d9b6a10',
    contentId: 'metropolis-1927',
    watchDurationSeconds: 5_400 + index,
    completionPercentage: 60,
  }));
}

/** The `metadata` that Eventfold makes by itself, for stores that leave it to the caller. */
export function newMetadata() {
  const correlationId = randomUUID();
  return { correlationId, causationId: correlationId, schemaVersion: 1 };
}

/** @throws Error when a store does not check versions or loses events: its figures would not be comparable */
export async function checkContender(contender: Contender): Promise<void> {
  const streamId = newStream();
  await contender.append(streamId, 0, watchedEvents(1));
  await contender.append(streamId, 1, watchedEvents(2));
  const { length } = await contender.read(streamId);
  if (length !== 3) throw new Error(`${contender.name} read ${length} of the 3 events that it had appended`);
  const refused = await contender.append(streamId, 1, watchedEvents(1)).then(
    () => false,
    () => true,
  );
  if (!refused)
    throw new Error(`${contender.name} took an append at a version that the stream had left behind`);
}
