import type { ResolvedOptions } from '../../event-sourcing/for-testing.js';
import type { TestDatabase } from '../test-database.js';

/**
 * A database where nothing is folded yet, and the way back to that state. A copy for each check would also work, and
 * takes ten times as long.
 */
export class StartingPoint {
  private constructor(
    private readonly database: TestDatabase,
    private readonly options: ResolvedOptions,
    private readonly partitions: ReadonlyMap<string, number>,
    private readonly emptyTables: ReadonlySet<string>,
  ) {}

  /** @param partitions the number for each projection */
  static async of(
    database: TestDatabase,
    options: ResolvedOptions,
    partitions: ReadonlyMap<string, number>,
  ): Promise<StartingPoint> {
    const filled = await filledTables(database);
    const empty = (await clearableTables(database)).filter((table) => !filled.includes(table));
    return new StartingPoint(database, options, partitions, new Set(empty));
  }

  /**
   * Empties the tables that were empty at the start, and sets the projections to the first event.
   *
   * @param state with `paused`, the workers of an application that starts change nothing
   */
  async restore(state: 'paused' | 'resumed'): Promise<void> {
    const { database, options } = this;
    const written = (await filledTables(database)).filter((table) => this.emptyTables.has(table));
    if (written.length > 0) await database.query(`truncate ${written.join(', ')} restart identity`);
    for (const [name, partitions] of this.partitions) {
      await beginAnew(database, options, name, partitions);
    }
    await database.query(`update ${options.qualified('projections')} set paused_at = clock_timestamp()`);
    if (state === 'resumed') await this.resume();
  }

  /** Resumes the projections. Reactions stay paused, because their effects cannot be taken back. */
  async resume(): Promise<void> {
    await this.database.query(
      `update ${this.options.qualified('projections')} set paused_at = null where name = any($1)`,
      [[...this.partitions.keys()]],
    );
  }
}

/** Sets the checkpoints before the first event. */
export async function beginAnew(
  database: TestDatabase,
  options: ResolvedOptions,
  name: string,
  partitions: number,
): Promise<void> {
  const checkpoints = options.qualified('projection_checkpoints');
  await database.query(`delete from ${checkpoints} where projection = $1`, [name]);
  await database.query(
    `insert into ${checkpoints} (projection, build, partition, position)
     select $1, 'live', partition, 0 from generate_series(0, $2::integer - 1) as partition`,
    [name, partitions],
  );
}

/** Without those whose trigger refuses that, such as the log of operations. */
async function clearableTables(database: TestDatabase): Promise<string[]> {
  const guarded = await database.query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
       from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
      where t.tgtype & 32 <> 0`, // the bit of TRUNCATE
  );
  const names = new Set(guarded.map(({ name }) => name));
  return (await allTables(database)).filter((table) => !names.has(table));
}

/** The names are quoted, with their schemas. */
async function allTables(database: TestDatabase): Promise<string[]> {
  const tables = await database.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema') order by name`,
  );
  return tables.map(({ name }) => name);
}

async function filledTables(database: TestDatabase): Promise<string[]> {
  const looks = (await allTables(database)).map(
    (table) => `select '${table.replaceAll("'", "''")}' as name where exists (select from ${table})`,
  );
  if (looks.length === 0) return [];
  return (await database.query<{ name: string }>(looks.join(' union all '))).map(({ name }) => name);
}
