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

/** By the type that the entity gives the column; undefined: none that is known. */
export function kindOfColumn(column: ColumnMetadata, driver: Driver): ColumnKind | undefined {
  return kindOf(column.type) ?? kindOf(storedTypeOf(driver, column));
}

/**
 * A column of an entity, between the property and JSON. Plain properties, which most are, are taken and set directly:
 * that is most of what a fold does with them.
 */
export class EntityColumn {
  readonly name: string;
  readonly isKey: boolean;
  /** Where the property is: that of the entity which the column is in. */
  readonly property: string;
  readonly kind: ColumnKind;
  private readonly isPlain: boolean;
  private readonly conversions: Conversions;
  private readonly default: ColumnDefault;
  /** For the driver, which then applies the transformer of the column and nothing else. */
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

  /** SQL for its JSON. */
  select(quoted: string): string {
    return this.kind.select?.(quoted, this.metadata.isArray ? '[]' : '') ?? quoted;
  }

  /** What the row has, as JSON for PostgreSQL. */
  jsonOf(row: object): unknown {
    const value = this.get(row);
    if (value === undefined) return this.isKey ? null : this.default.json;
    const { toJson } = this.conversions;
    return value === null || toJson === undefined ? value : toJson(value);
  }

  /** Gives the row what PostgreSQL has, as JSON. */
  setJson(row: object, json: unknown): void {
    const { fromJson } = this.conversions;
    this.set(row, json === null || fromJson === undefined ? json : fromJson(json));
  }

  /** Whether the row has what a later turn will read. */
  isSettled(row: object): boolean {
    const value = this.get(row);
    if (value === undefined) return false;
    if (value !== null && !this.conversions.isSettled(value)) return false;
    if (this.isPlain || this.metadata.transformer === undefined) return true;
    return this.restored(value) === this.metadata.getEntityValue(row);
  }

  /** Gives the row what a later turn will read of the other one. */
  copySettled(row: object, from: object): void {
    const value = this.get(from);
    if (value === undefined) this.setJson(row, this.default.json);
    else this.set(row, value === null ? null : this.conversions.settle(value));
  }

  /** Equal for keys that are equal to PostgreSQL; undefined for one that no row can have. */
  keyOf(row: object): Key | undefined {
    const value = this.get(row);
    return value === undefined || value === null ? undefined : this.conversions.key(value);
  }

  /** With the transformer applied. */
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
