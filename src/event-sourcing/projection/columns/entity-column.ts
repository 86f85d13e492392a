import {
  asUntyped,
  type ColumnMetadata,
  type Driver,
  fromStored,
  storedTypeOf,
} from '../../postgres/column-conversion.js';
import { ColumnDefault } from './column-default.js';
import { type ColumnKind, kindOf } from './column-kinds.js';
import { type Conversions, conversionsOf, type Key } from './conversions.js';

/** The kind of a column, by the type that the entity gives it; undefined for an unknown type. */
export function kindOfColumn(column: ColumnMetadata, driver: Driver): ColumnKind | undefined {
  return kindOf(column.type) ?? kindOf(storedTypeOf(driver, column));
}

/**
 * Converts a column of an entity between the property and JSON. Plain properties, as most are, are read and set
 * directly, since that is most of what a fold does with them.
 */
export class EntityColumn {
  readonly name: string;
  readonly isKey: boolean;
  /** The property of the entity; for an embedded column, the property that holds the embedded object. */
  readonly property: string;
  readonly kind: ColumnKind;
  private readonly isPlain: boolean;
  private readonly conversions: Conversions;
  private readonly default: ColumnDefault;
  /** The column without its type: the driver then applies the transformer and nothing else. */
  private readonly untyped: ColumnMetadata;

  constructor(
    readonly metadata: ColumnMetadata,
    private readonly driver: Driver,
  ) {
    this.kind = kindOfColumn(metadata, driver)!;
    this.name = metadata.databaseName;
    this.isKey = metadata.isPrimary;
    this.property = metadata.propertyPath.split('.')[0]!;
    this.isPlain = !(metadata.transformer ?? metadata.embeddedMetadata ?? metadata.relationMetadata);
    this.untyped = asUntyped(metadata);
    this.conversions = conversionsOf(this.kind, metadata, driver);
    this.default = new ColumnDefault(metadata, this.kind);
  }

  /** SQL that selects the column for JSON. */
  select(quoted: string): string {
    return this.kind.select?.(quoted, this.metadata.isArray ? '[]' : '') ?? quoted;
  }

  /** The value in the row, as JSON for PostgreSQL. */
  jsonOf(row: object): unknown {
    const value = this.get(row);
    if (value === undefined) return this.isKey ? null : this.default.json;
    const { toJson } = this.conversions;
    return value === null || toJson === undefined ? value : toJson(value);
  }

  /** Sets the value in the row from the JSON of PostgreSQL. */
  setJson(row: object, json: unknown): void {
    const { fromJson } = this.conversions;
    this.set(row, json === null || fromJson === undefined ? json : fromJson(json));
  }

  /** Whether the row has the value that a later turn will read. */
  isSettled(row: object): boolean {
    const value = this.get(row);
    if (value === undefined) return false;
    if (value !== null && !this.conversions.isSettled(value)) return false;
    if (this.isPlain || this.metadata.transformer === undefined) return true;
    return this.restored(value) === this.metadata.getEntityValue(row);
  }

  /** Sets the value that a later turn will read from the other row. */
  copySettled(row: object, from: object): void {
    const value = this.get(from);
    if (value === undefined) this.setJson(row, this.default.json);
    else this.set(row, value === null ? null : this.conversions.settle(value));
  }

  /** The same result for keys that PostgreSQL considers equal; undefined for a key that no row can have. */
  keyOf(row: object): Key | undefined {
    const value = this.get(row);
    return value === undefined || value === null ? undefined : this.conversions.key(value);
  }

  /** The value after the transformer. */
  private get(row: object): unknown {
    return this.isPlain
      ? (row as Record<string, unknown>)[this.property]
      : this.metadata.getEntityValue(row, true);
  }

  private set(row: object, value: unknown): void {
    if (this.isPlain) (row as Record<string, unknown>)[this.property] = value;
    else this.metadata.setEntityValue(row, this.restored(value));
  }

  private restored(value: unknown): unknown {
    return this.metadata.transformer === undefined ? value : fromStored(this.driver, this.untyped, value);
  }
}
