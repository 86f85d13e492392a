import type { Statements } from '../../postgres/database.js';
import { isTransient } from '../../postgres/transient-failure.js';
import type { Folding } from '../declare/folding.js';
import type { RowTable } from '../columns/row-table.js';
import { kindOf } from '../columns/column-kinds.js';
import type { EntityColumn } from '../columns/entity-column.js';
import { UnsupportedColumnError } from '../columns/unsupported-column.js';

/** A column as the database has it: a migration may have made it different from the entity. */
interface StoredColumn {
  table: string;
  name: string;
  /** The type without length and precision; `enum` for any enumeration. */
  type: string;
  typeName: string;
  /** Whether texts are equal only when their bytes are; null for other types. */
  isDeterministic: boolean | null;
  /** Whether the database computes the column, and refuses any value for it. */
  isComputed: boolean;
}

interface Rule {
  isBroken: (column: EntityColumn, stored: StoredColumn) => boolean;
  says: (stored: StoredColumn) => string;
}

const RULES: readonly Rule[] = [
  {
    isBroken: (_, { isComputed }) => isComputed,
    says: ({ table }) =>
      `is computed by the table ${table}, which takes no value for it. ` +
      'Give it "generatedType" and "asExpression", or leave it out of the entity.',
  },
  {
    isBroken: ({ isKey, kind }, stored) => isKey && kindOfStored(stored)?.key !== kind.key,
    says: ({ table, type }) =>
      `is a key of type "${type}" in the table ${table}, for which other keys are equal than for the type in the ` +
      'entity. Give both the same type.',
  },
  {
    isBroken: ({ isKey }, { isDeterministic }) => isKey && isDeterministic === false,
    says: ({ table }) =>
      `is a key whose collation in the table ${table} is not deterministic: different texts are equal by rules ` +
      'that only PostgreSQL knows. Give it another collation, such as "C".',
  },
];

/**
 * @throws UnsupportedColumnError when a table has a column that its projection cannot fold. When the database is away
 * it checks nothing, since the start waits for it.
 */
export async function requireStoredColumns(
  statements: Statements,
  foldings: readonly Folding[],
): Promise<void> {
  const tables = foldings.flatMap((folding) => folding.tables('live').map(({ table }) => table));
  if (tables.length === 0) return;
  const stored = await selectColumns(statements, tables).catch((error: unknown) => {
    if (isTransient(error)) return [];
    throw error;
  });
  const named = new Map(stored.map((column) => [`${column.table} ${column.name}`, column]));
  for (const { name, columns } of tables) {
    for (const column of columns.all) requireLike(column, named.get(`${name} ${column.name}`));
  }
}

function requireLike(column: EntityColumn, stored: StoredColumn | undefined): void {
  const rule = stored && RULES.find(({ isBroken }) => isBroken(column, stored));
  if (rule !== undefined) throw new UnsupportedColumnError(column.metadata, rule.says(stored!));
}

const kindOfStored = ({ type, typeName }: StoredColumn) => kindOf(type) ?? kindOf(typeName);

/** The type of a domain is its base type. */
async function selectColumns(
  statements: Statements,
  tables: readonly RowTable<any>[],
): Promise<StoredColumn[]> {
  const found = await statements.query<{ json: string }[]>(
    `select json_build_object(
              'table', named.table, 'name', attname, 'typeName', base.typname,
              'type', case base.typtype when 'e' then 'enum' else format_type(base.oid, null) end,
              'isDeterministic', collisdeterministic,
              'isComputed', attgenerated <> '' or attidentity = 'a')::text as json
       from unnest($1::text[]) as named("table")
       join pg_attribute on attrelid = to_regclass(named.table) and attnum > 0 and not attisdropped
       join pg_type as declared on declared.oid = atttypid
       join pg_type as base on base.oid = coalesce(nullif(declared.typbasetype, 0), declared.oid)
       left join pg_collation as "collation" on "collation".oid = attcollation`,
    [tables.map(({ name }) => name)],
  );
  return found.map(({ json }) => JSON.parse(json) as StoredColumn);
}
