import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { EventStore, type StoredEvent } from '../../event-sourcing/index.js';
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
  ) {}

  async execute({ userId, after, limit }: GetUserHistory): Promise<HistoryPage> {
    const streamId = this.users.streamOf(userId);
    const found = await this.store.readStream(streamId, { fromVersion: after + 1, maxCount: limit + 1 });
    if (found.length === 0 && !(await this.users.exists(userId))) throw new UserNotFound(userId);
    const items = found.slice(0, limit);
    return { items, nextCursor: found.length > limit ? String(items.at(-1)!.version) : null };
  }
}
