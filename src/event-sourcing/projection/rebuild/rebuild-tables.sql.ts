import { quoteIdentifier } from '../../postgres/identifier.js';
import type { Statements } from '../../postgres/database.js';
import type { Folding } from '../declare/folding.js';
import { rebuildNameOf } from '../columns/row-table.js';

/** A table of living rows and that of the rebuild, both quoted. */
export interface Pair {
  living: string;
  rebuilt: string;
  /** The columns of the primary key, quoted. */
  keys: readonly string[];
  /** The columns that a fold writes, quoted. */
  columns: readonly string[];
}

export const pairsOf = (folding: Folding): Pair[] =>
  folding.tables('live').map(({ table }, number) => ({
    living: table.name,
    rebuilt: folding.tables('rebuild')[number]!.table.name,
    keys: table.keyColumns,
    columns: table.quotedColumns,
  }));

/**
 * Creates empty tables like the living ones. They have only those indexes that can refuse rows, so that a row which the
 * living table would refuse fails where it is folded.
 */
export async function createRebuildTables(manager: Statements, folding: Folding): Promise<void> {
  await dropRebuildTables(manager, folding);
  for (const { living, rebuilt } of pairsOf(folding)) {
    await manager.query(
      `create table ${rebuilt} (like ${living} including all excluding indexes excluding comments)`,
    );
    for (const index of await uniqueIndexesOf(manager, living)) await createIndex(manager, rebuilt, index);
    for (const column of await unsampledColumnsOf(manager, living)) {
      await manager.query(`alter table ${rebuilt} alter column ${quoteIdentifier(column)} set statistics 0`);
    }
  }
}

/** Columns of which the planner keeps no samples, as of personal ones. `like` does not copy that. */
async function unsampledColumnsOf(manager: Statements, table: string): Promise<string[]> {
  const rows = await manager.query<{ name: string }[]>(
    `select attname as name from pg_attribute where attrelid = $1::regclass and attnum > 0 and attstattarget = 0`,
    [table],
  );
  return rows.map(({ name }) => name);
}

export async function dropRebuildTables(manager: Statements, folding: Folding): Promise<void> {
  for (const { rebuilt } of pairsOf(folding)) await manager.query(`drop table if exists ${rebuilt}`);
}

/** Whether the living tables have the columns that they had when the rebuild began. */
export async function haveSameColumns(manager: Statements, folding: Folding): Promise<boolean> {
  for (const { living, rebuilt } of pairsOf(folding)) {
    const [found] = await manager.query<{ same: boolean }[]>(
      `select ${columnsOf('$1')} is not distinct from ${columnsOf('$2')} as same`,
      [living, rebuilt],
    );
    if (!found!.same) return false;
  }
  return true;
}

const columnsOf = (table: string) => `
  (select array_agg(attname || ' ' || format_type(atttypid, atttypmod) || ' ' || attnotnull order by attname)
     from pg_attribute where attrelid = to_regclass(${table}) and attnum > 0 and not attisdropped)`;

interface Index {
  name: string;
  definition: string;
  /** Primary key, unique constraint or exclusion constraint; null for a mere index. */
  constraint: 'p' | 'u' | 'x' | null;
  constraintDefinition: string | null;
}

function uniqueIndexesOf(manager: Statements, table: string): Promise<Index[]> {
  return manager.query<Index[]>(
    `select i.relname as name, pg_get_indexdef(i.oid) as definition, c.contype as constraint,
            pg_get_constraintdef(c.oid) as "constraintDefinition"
       from pg_index x
       join pg_class i on i.oid = x.indexrelid
       left join pg_constraint c on c.conindid = i.oid and c.contype in ('p', 'u', 'x')
      where x.indrelid = $1::regclass and (x.indisunique or x.indisexclusion) order by i.relname`,
    [table],
  );
}

async function createIndex(
  manager: Statements,
  table: string,
  { name, definition, constraint, constraintDefinition }: Index,
): Promise<void> {
  const other = quoteIdentifier(rebuildNameOf(name));
  if (constraint !== null) {
    await manager.query(`alter table ${table} add constraint ${other} ${constraintDefinition}`);
  } else {
    const form = definition.slice(definition.indexOf(' USING '));
    await manager.query(`create unique index ${other} on ${table} ${form}`);
  }
}
