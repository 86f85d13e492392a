import { type ColumnMetadata, declaredClassOf, type Driver } from '../../postgres/column-conversion.js';
import { EventfoldError } from '../../errors.js';
import type { ColumnKind } from './column-kinds.js';
import { kindOfColumn } from './entity-column.js';

/** A projection has rows with a column that cannot be folded correctly. The application does not start. */
export class UnsupportedColumnError extends EventfoldError {
  readonly kind = 'broken';
  readonly code = 'unsupported-column';

  constructor(
    column: ColumnMetadata,
    /** The text after the name of the column. */
    rule: string,
  ) {
    const { entityMetadata, propertyPath } = column;
    super(`${entityMetadata.name}.${propertyPath} ${rule}`);
  }
}

interface Rule {
  isBroken: (column: ColumnMetadata, kind: ColumnKind) => boolean;
  says: (column: ColumnMetadata, kind: ColumnKind) => string;
}

const typeOf = ({ type, isArray }: ColumnMetadata) =>
  `"${typeof type === 'function' ? type.name : type}"${isArray ? ' array' : ''}`;

/** Rules in the order in which they are checked: the error names the first broken one. */
const RULES: readonly Rule[] = [
  {
    isBroken: ({ isCreateDate, isUpdateDate }) => isCreateDate || isUpdateDate,
    says: ({ isCreateDate }) =>
      `is a @${isCreateDate ? 'Create' : 'Update'}DateColumn, which is the time of writing, ` +
      'another one in each rebuild. ' +
      'Make it a @Column and set it to event.timestamp.',
  },
  {
    isBroken: ({ isVersion }) => isVersion,
    says: () =>
      'is a @VersionColumn, which counts writes, and their number depends on where turns end. ' +
      'Make it a @Column and count events, or set it to event.version.',
  },
  {
    isBroken: (column) =>
      column.isTreeLevel || column.isMaterializedPath || column.isNestedSetLeft || column.isNestedSetRight,
    says: () =>
      'belongs to a tree that TypeORM keeps when it saves, which a turn does not. Make it a @Column.',
  },
  {
    isBroken: ({ isDiscriminator }) => isDiscriminator,
    says: () =>
      'distinguishes entities that share a table, which rows of a projection cannot do. Give each a table of its own.',
  },
  {
    isBroken: ({ isGenerated, isPrimary, generatedIdentity }) =>
      isGenerated && (!isPrimary || generatedIdentity === 'ALWAYS'),
    says: () =>
      'is numbered or made up by the database, anew in each rebuild. ' +
      'Make it a @Column and take its value from the event.',
  },
  {
    isBroken: (_, kind) => kind.refused !== undefined,
    says: (column, kind) => `is of type ${typeOf(column)}: ${kind.refused}.`,
  },
  {
    isBroken: ({ isArray }, { noArray }) => isArray && noArray === true,
    says: (column) =>
      `is of type ${typeOf(column)}, of which arrays are not supported. Keep it in a "jsonb".`,
  },
  {
    isBroken: (column, kind) => isReadAsString(column, kind) && isDeclaredNumber(column),
    says: (column) =>
      `is a number in its class and of type ${typeOf(column)}, which TypeORM reads as a string: ` +
      '"10" + 5 would be "105". ' +
      'Declare it a string, or give the column a transformer.',
  },
  {
    isBroken: ({ isPrimary, isArray }, { key }) => isPrimary && (isArray || key === undefined),
    says: (column, { noKey }) =>
      `is of type ${typeOf(column)}, which cannot be a key: ` +
      `${noKey ?? 'only PostgreSQL knows when two of its values are the same'}. ` +
      'Use a key of another type, such as "text".',
  },
  {
    isBroken: ({ isPrimary, asExpression }) => isPrimary && asExpression !== undefined,
    says: () => 'is a key that the database generates, so that a turn does not know it. Make it a @Column.',
  },
];

/** @throws UnsupportedColumnError */
export function requireSupported(column: ColumnMetadata, driver: Driver): void {
  const kind = kindOfColumn(column, driver);
  if (kind === undefined)
    throw new UnsupportedColumnError(column, `is of type ${typeOf(column)}, which is not known.`);
  const rule = RULES.find(({ isBroken }) => isBroken(column, kind));
  if (rule !== undefined) throw new UnsupportedColumnError(column, rule.says(column, kind));
}

const isReadAsString = ({ isArray, transformer }: ColumnMetadata, kind: ColumnKind) =>
  kind.readsString === true && !isArray && transformer === undefined;

function isDeclaredNumber(column: ColumnMetadata): boolean {
  const declared = declaredClassOf(column);
  return declared === Number || declared === BigInt;
}
