import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { setImmediate as afterInput } from 'node:timers/promises';
import { type EntityManager, type EntityMetadata, Repository } from 'typeorm';
import { canonicalUuid, CurrentTransaction, PreparedQueries } from '../../event-sourcing/for-service.js';
import type { OnConnection } from '../../event-sourcing/index.js';
import { UserProfile } from '../user-profile.entity.js';

type ById = ReadonlyMap<string, UserProfile>;

/**
 * After this time, in ms, the next statement no longer waits for the previous one, whose connection or server may hang.
 */
const PATIENCE_MS = 50;
/** The most statements at a time: statements that hang must not take the whole pool. */
const AT_ONCE = 4;

/**
 * Profiles by id. While a statement is under way, requests wait, and the next statement serves all of them. So one
 * statement serves many requests under load, and a request to an idle service does not wait. A row is always read after
 * its request came, so it has the events that the request has waited for (`Read-After`).
 *
 * In a running transaction of the application, a profile is read alone, by the connection of the transaction. A
 * transaction that waits for a read by another connection may wait for ever, when transactions hold the whole pool.
 */
@Injectable()
export class ProfileLookup {
  private readonly select: string;
  private next: { ids: Set<string>; found: Promise<ById> } | undefined;
  private readonly underWay = new Set<Promise<unknown>>();
  /** Resolves when the last statement has ended, or has taken too long. */
  private last: Promise<void> = Promise.resolve();

  constructor(
    @InjectRepository(UserProfile) private readonly profiles: Repository<UserProfile>,
    private readonly queries: PreparedQueries,
    private readonly current: CurrentTransaction,
  ) {
    this.select = selectByIds(profiles.manager, profiles.metadata);
  }

  /**
   * Only a UUID can be an id. Another text never gets into a statement with the ids of other requests.
   *
   * @param on the connection of the query: on that to a replica, the profile is read alone
   */
  async find(userId: string, on: OnConnection): Promise<UserProfile | undefined> {
    const id = canonicalUuid(userId);
    if (id === undefined) return undefined;
    const profiles = on(this.profiles);
    if (profiles !== this.profiles || this.current.manager !== undefined) {
      return (await profiles.findOneBy({ userId: id })) ?? undefined;
    }
    this.next ??= this.nextBatch();
    this.next.ids.add(id);
    return (await this.next.found).get(id);
  }

  private nextBatch(): { ids: Set<string>; found: Promise<ById> } {
    const ids = new Set<string>();
    // The batch first takes the other requests that have arrived by now: the first of many must not go alone.
    const found = this.roomForOne()
      .then(() => afterInput())
      .then(() => {
        this.next = undefined;
        return this.fetch(ids);
      });
    return { ids, found };
  }

  private async roomForOne(): Promise<void> {
    await this.last;
    while (this.underWay.size >= AT_ONCE) await Promise.race(this.underWay);
  }

  private async fetch(ids: ReadonlySet<string>): Promise<ById> {
    const fetching = this.queries.query<UserProfile>(this.select, [[...ids]]);
    const settled: Promise<unknown> = fetching
      .catch(() => undefined) // each request gets the error itself
      .finally(() => this.underWay.delete(settled));
    this.underWay.add(settled);
    this.last = settledWithin(settled, PATIENCE_MS);
    return new Map((await fetching).map((profile) => [profile.userId, profile]));
  }
}

async function settledWithin(settled: Promise<unknown>, ms: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  await Promise.race([settled, patience]);
  clearTimeout(timer);
}

/** All columns, under their names in the entity. */
function selectByIds({ connection }: EntityManager, { tablePath, columns }: EntityMetadata): string {
  const quoted = (name: string) => connection.driver.escape(name);
  const list = columns.map(
    ({ databaseName, propertyName }) => `${quoted(databaseName)} as ${quoted(propertyName)}`,
  );
  const table = tablePath.split('.').map(quoted).join('.');
  return `select ${list.join(', ')} from ${table} where user_id = any ($1::uuid[])`;
}
