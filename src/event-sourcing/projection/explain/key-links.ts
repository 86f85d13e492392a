/**
 * How the rows of a projection are linked with the keys of its events.
 *
 * A projection says by functions which key an event has and which rows it touches, so its tables do not tell which rows
 * belong to a key. The functions are therefore called with a marked event of each type. When the primary key of every
 * touched row has all values of which the key is made, in the same columns for all types, then a row belongs to one key
 * and no event of another key can touch it. When one column is the key, the rows of a key are found by that column.
 *
 * Functions that compute with the values (`data.lines.map(...)`) leave the link unknown. Then only the events tell.
 */
import type { EntityColumn } from '../columns/entity-column.js';
import type { RowTable } from '../columns/row-table.js';
import type { Folding, TouchedTable } from '../declare/folding.js';
import { isMark, markedEvent, STREAM_MARK } from './marked-event.js';

/**
 * The link of a table. `column`: the column has the key. `primary-key`: the key describes the primary key.
 * `determined`: a row belongs to one key, but is not found by it. `unknown`: events of several keys may touch a row.
 */
export type RowLink =
  { kind: 'column'; column: EntityColumn } | { kind: 'primary-key' | 'determined' | 'unknown' };

export interface LinkedTable extends TouchedTable {
  link: RowLink;
}

export class KeyLinks {
  private static readonly known = new WeakMap<Folding, KeyLinks>();
  readonly tables: readonly LinkedTable[];
  /** Whether the key of each event is the name of its stream. */
  readonly isStream: boolean;

  private constructor(private readonly folding: Folding) {
    const parts = folding.eventTypes.map((type) => this.keyPartsOf(type));
    this.isStream =
      folding.isKeyComputed && parts.every((each) => each?.length === 1 && each[0] === STREAM_MARK);
    this.tables = folding.tables('live').map((touched) => ({ ...touched, link: this.linkOf(touched) }));
  }

  static of(folding: Folding): KeyLinks {
    const links = this.known.get(folding) ?? new KeyLinks(folding);
    this.known.set(folding, links);
    return links;
  }

  /** Whether no event of another key can touch a row of a key. */
  get areExclusive(): boolean {
    return this.tables.every(({ link }) => link.kind !== 'unknown');
  }

  private linkOf(touched: TouchedTable): RowLink {
    const { folding } = this;
    const isOfKey = folding.keyProperty === undefined && !folding.isKeyComputed;
    if (isOfKey && touched === folding.tables('live')[0]) return { kind: 'primary-key' };
    const places = folding.eventTypes.map((type) => this.placesOf(type, touched));
    const [first, ...others] = places.filter((place) => place?.length !== 0);
    if (places.includes(undefined) || others.some((place) => String(place) !== String(first))) {
      return { kind: 'unknown' };
    }
    const column = first?.length === 1 ? touched.table.columns.keys[first[0]!] : undefined;
    return column === undefined ? { kind: 'determined' } : { kind: 'column', column };
  }

  /**
   * For each value of the key, the number of the primary key's column that has it; empty when events of the type touch
   * no row; undefined when it is not known.
   */
  private placesOf(type: string, { table, keys }: TouchedTable): readonly number[] | undefined {
    const parts = this.keyPartsOf(type);
    try {
      const found = keys(markedEvent(type)).map((row) => placesIn(table, row, parts));
      const [first = [], ...others] = found;
      const isSame = !found.includes(undefined) && others.every((each) => String(each) === String(first));
      return isSame ? first : undefined;
    } catch {
      return undefined; // the function needs real data
    }
  }

  private keyPartsOf(type: string): readonly unknown[] | undefined {
    try {
      const parts = this.folding.partsOfKey(markedEvent(type));
      return parts.length > 0 && parts.every(isMark) ? parts : undefined;
    } catch {
      return undefined;
    }
  }
}

function placesIn(
  table: RowTable<any>,
  row: object,
  parts: readonly unknown[] | undefined,
): readonly number[] | undefined {
  const values: unknown[] = table.columns.keys.map(({ metadata }) => metadata.getEntityValue(row));
  const places = parts?.map((part) => values.indexOf(part));
  return places?.includes(-1) ? undefined : places;
}
