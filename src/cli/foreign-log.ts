/**
 * Without `--app` the command line knows the events and migrations of the service. The log of an application that
 * imports the package has others. Unknown types and migrations there are no faults, and are only reported. With `--app`
 * the command line knows all of them.
 */
import type { DataSource } from 'typeorm';
import { pendingMigrations } from '../service/database/migrate.js';
import { EventRegistry } from '../event-sourcing/index.js';
import { ResolvedOptions } from '../event-sourcing/options.js';
import type { OpenStore } from './open-store.js';

/** The note about types that are unknown here. */
export const UNKNOWN_TYPES = 'types that this program does not know';

/** Whether the schema has a log that the service has not migrated. */
export function isForeignSchema(store: OpenStore): Promise<boolean> {
  return hasForeignLog(store.dataSource, store.get(ResolvedOptions));
}

/** Like `hasForeignLog`, but without an application. */
export async function hasForeignLog(dataSource: DataSource, options: ResolvedOptions): Promise<boolean> {
  const pending = await pendingMigrations(dataSource, options.schema);
  if (pending.length < dataSource.migrations.length) return false;
  const sql = 'select to_regclass($1) is not null as found';
  const [row] = await dataSource.query<{ found: boolean }[]>(sql, [options.qualified('events')]);
  return row!.found;
}

/** Whether another application writes the log: the schema is foreign, or the service does not know the first event. */
export async function isForeignLog(store: OpenStore): Promise<boolean> {
  if (store.isOfHost) return false;
  if (await isForeignSchema(store)) return true;
  const events = store.get(ResolvedOptions).qualified('events');
  const sql = `select event_type as type from ${events} order by global_position limit 1`;
  const [first] = await store.dataSource.query<{ type: string }[]>(sql);
  return first !== undefined && !store.get(EventRegistry).types.includes(first.type);
}
