/**
 * A table of a read model that takes no row of its entity, whatever the event is: the table is newer or older than the
 * build. In a rolling upgrade that passes, so the projection waits and says what is missing. It parks nothing.
 */
import { EventfoldError } from '../../errors.js';
import { driverErrorOf, sqlStateOf } from '../../postgres/sql-state.js';

/** The sentence names table, column and cure. The cause is the error of PostgreSQL. */
export class TableMisfitError extends EventfoldError {
  readonly kind = 'unavailable';
  readonly code = 'projection.table-misfit';
}

/** What a sentence says of the table of an entity, as `RowTable` has it. */
interface WrittenTable {
  readonly name: string;
  readonly entity: { readonly name: string };
  readonly keyColumns: readonly string[];
  readonly columnNames: readonly string[];
}

const NO_UNIQUE_KEY = '42P10';
const NOT_NULL_VIOLATION = '23502';

/** The failure of a write, as a misfit of the table where it is one. */
export function writeFailure(table: WrittenTable, error: unknown): unknown {
  const sentence = misfit(table, error);
  return sentence === undefined ? error : new TableMisfitError(sentence, { cause: error });
}

function misfit(table: WrittenTable, error: unknown): string | undefined {
  const sqlState = sqlStateOf(error);
  if (sqlState === NO_UNIQUE_KEY) return withoutKey(table);
  if (sqlState !== NOT_NULL_VIOLATION) return undefined;
  const { column } = driverErrorOf(error) as { column?: string };
  return column === undefined || table.columnNames.includes(column) ? undefined : withColumn(table, column);
}

const withoutKey = ({ name, keyColumns, entity }: WrittenTable) =>
  `The table ${name} has no unique key on (${keyColumns.join(', ')}), the primary key of its entity ${entity.name}: ` +
  `add one, as with "alter table ${name} add primary key (${keyColumns.join(', ')})".`;

const withColumn = ({ name, entity }: WrittenTable, column: string) =>
  `The column "${column}" of the table ${name} must not be null and has no default, and its entity ${entity.name} ` +
  'has no such column: give the column a default, let it be null, or add it to the entity.';
