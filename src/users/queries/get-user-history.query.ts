import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { EventRegistry, EventStore, type StoredEvent } from '../../event-sourcing/index.js';
import { UserNotFound } from '../user.errors.js';
import { UserRepository } from '../user.repository.js';

export interface HistoryPage {
  items: StoredEvent[];
  nextCursor: string | null;
}

/** All events of a user, oldest first. `after` is a version, exclusive. */
export class GetUserHistory extends Query<HistoryPage> {
  constructor(
    readonly userId: string,
    readonly after: number,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(GetUserHistory)
export class GetUserHistoryHandler implements IQueryHandler<GetUserHistory> {
  constructor(
    private readonly users: UserRepository,
    private readonly store: EventStore,
    private readonly registry: EventRegistry,
  ) {}

  async execute({ userId, after, limit }: GetUserHistory): Promise<HistoryPage> {
    const streamId = this.users.streamOf(userId);
    const [user, found] = await Promise.all([
      this.users.find(userId),
      this.store.readStream(streamId, { fromVersion: after + 1, maxCount: limit + 1 }),
    ]);
    if (user === undefined) throw new UserNotFound(userId);
    user.mustExist();
    const items = await this.registry.shown(found.slice(0, limit)); // the user sees what is kept about it
    return { items, nextCursor: found.length > limit ? String(items.at(-1)!.version) : null };
  }
}
