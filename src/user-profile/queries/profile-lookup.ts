import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { setImmediate as afterInput } from 'node:timers/promises';
import { type EntityManager, type EntityMetadata, Repository } from 'typeorm';
import { PreparedQueries } from '../../event-sourcing/index.js';
import { UserProfile } from '../user-profile.entity.js';

type ById = ReadonlyMap<string, UserProfile>;

/**
 * Profiles by id. Those that are asked for while a statement is under way are fetched together, by the next one: under
 * load one statement serves many requests, and an idle service has nothing to wait for. A row is always read after it
 * was asked for, so that what a request has waited for (`Read-After`) is in it.
 */
@Injectable()
export class ProfileLookup {
  private readonly select: string;
  private next: { ids: Set<string>; found: Promise<ById> } | undefined;
  private underWay: Promise<unknown> = Promise.resolve();

  constructor(
    @InjectRepository(UserProfile) { manager, metadata }: Repository<UserProfile>,
    private readonly queries: PreparedQueries,
  ) {
    this.select = selectByIds(manager, metadata);
  }

  async find(userId: string): Promise<UserProfile | undefined> {
    this.next ??= this.nextBatch();
    this.next.ids.add(userId);
    return (await this.next.found).get(userId);
  }

  private nextBatch(): { ids: Set<string>; found: Promise<ById> } {
    const ids = new Set<string>();
    // After what else has arrived by now: the first of many requests must not go alone.
    const found = this.underWay
      .then(() => afterInput())
      .then(() => {
        this.next = undefined;
        return this.fetch(ids);
      });
    this.underWay = found.catch(() => undefined); // told to those who asked
    return { ids, found };
  }

  private async fetch(ids: ReadonlySet<string>): Promise<ById> {
    const profiles = await this.queries.query<UserProfile>(this.select, [[...ids]]);
    return new Map(profiles.map((profile) => [profile.userId, profile]));
  }
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
