import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { setImmediate as afterInput } from 'node:timers/promises';
import { type EntityManager, type EntityMetadata, Repository } from 'typeorm';
import { canonicalUuid, CurrentTransaction, PreparedQueries } from '../../event-sourcing/for-service.js';
import { UserProfile } from '../user-profile.entity.js';

type ById = ReadonlyMap<string, UserProfile>;

/** A statement that takes longer, in ms, is not waited for by the next: its connection or its server may hang. */
const PATIENCE_MS = 50;
/** Statements under way at most: those that hang must not take the whole pool. */
const AT_ONCE = 4;

/**
 * Profiles by id. Those that are asked for while a statement is under way are fetched together, by the next one: under
 * load one statement serves many requests, and an idle service has nothing to wait for. A row is always read after it
 * was asked for, so that what a request has waited for (`Read-After`) is in it.
 *
 * In a running transaction of the application a profile is read by its connection, alone: a transaction that waits for
 * what another connection reads may wait for ever, where all of the pool are in transactions.
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

  /** What is no UUID is nobody's id: it never gets into a statement with those of others. */
  async find(userId: string): Promise<UserProfile | undefined> {
    const id = canonicalUuid(userId);
    if (id === undefined) return undefined;
    if (this.current.manager !== undefined) {
      return (await this.profiles.findOneBy({ userId: id })) ?? undefined;
    }
    this.next ??= this.nextBatch();
    this.next.ids.add(id);
    return (await this.next.found).get(id);
  }

  private nextBatch(): { ids: Set<string>; found: Promise<ById> } {
    const ids = new Set<string>();
    // After what else has arrived by now: the first of many requests must not go alone.
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
      .catch(() => undefined) // told to those who asked
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

/** All columns, under the names that the entity has for them. */
function selectByIds({ connection }: EntityManager, { tablePath, columns }: EntityMetadata): string {
  const quoted = (name: string) => connection.driver.escape(name);
  const list = columns.map(
    ({ databaseName, propertyName }) => `${quoted(databaseName)} as ${quoted(propertyName)}`,
  );
  const table = tablePath.split('.').map(quoted).join('.');
  return `select ${list.join(', ')} from ${table} where user_id = any ($1::uuid[])`;
}
