import type { EntityManager } from 'typeorm';
import type { EventRegistry } from '../../event/event-registry.js';
import { sqlStateOf } from '../../postgres/sql-state.js';
import type { TableComparison } from '../rebuild/rebuild-report.js';
import type { ExplainedKey } from './explained-key.js';
import { tooManyRowsError } from './explanation-errors.js';
import type { KeyFold } from './key-fold.js';
import { KeyLinks, type LinkedTable } from './key-links.js';
import { LivingRows } from './living-rows.js';
import { selectRowsAt } from './living-rows.sql.js';
import { byColumn, identityIn, imagesOf, recordOf } from './row-image.js';

/** How many differences are shown. */
const SHOWN = 10;
/** Most living rows of a key that are compared. */
const MAX_ROWS = 50_000;
const UNIQUE_VIOLATION = '23505';

/** A row in both builds, as images; undefined where it is not. */
interface Pair {
  living: string | undefined;
  rebuilt: string | undefined;
}

interface ComparedTable extends LinkedTable {
  pairs: Pair[];
}

/** Compares the living rows of a key with those of a fold, and writes the differences. */
export class RowReplacement {
  constructor(
    private readonly manager: EntityManager,
    private readonly opened: ExplainedKey,
    private readonly registry: EventRegistry,
    private readonly fold: KeyFold,
  ) {}

  async run(): Promise<TableComparison[]> {
    const tables: ComparedTable[] = [];
    for (const table of KeyLinks.of(this.opened.folding).tables) {
      tables.push({ ...table, pairs: await this.pairsOf(table) });
    }
    await this.write(tables);
    return tables.map(comparisonOf);
  }

  private async pairsOf(table: LinkedTable): Promise<Pair[]> {
    const living = await this.livingRows(table);
    const folded = this.fold.rowsOf(table).map((row) => recordOf(table.table, row));
    const rebuilt = new Map(
      (await imagesOf(this.manager, table.table, folded)).map((image) => [
        identityIn(table.table, image),
        image,
      ]),
    );
    const identities = [...new Set([...living.keys(), ...rebuilt.keys()])].toSorted();
    return identities.map((each) => ({ living: living.get(each), rebuilt: rebuilt.get(each) }));
  }

  /** The rows that the events touched, and any others that have the key in their columns. */
  private async livingRows(table: LinkedTable): Promise<Map<string, string>> {
    const { manager, opened } = this;
    const touched = await selectRowsAt(manager, table.table, this.fold.touchedIn(table));
    const others = await new LivingRows(manager, opened, this.registry).ofKey(table, MAX_ROWS + 1);
    if ((others?.length ?? 0) > MAX_ROWS) throw tooManyRowsError(opened.folding.name, MAX_ROWS);
    return new Map(
      [...touched, ...(others ?? [])].map(({ image }) => [identityIn(table.table, image), image]),
    );
  }

  /** Two rows may exchange a unique value. Then the differing rows are deleted before they are written. */
  private async write(tables: readonly ComparedTable[]): Promise<void> {
    try {
      await this.writeOnce(tables, isMissing);
    } catch (error) {
      if (sqlStateOf(error) !== UNIQUE_VIOLATION) throw error;
      await this.writeOnce(tables, (pair) => pair.living !== undefined && isDifferent(pair));
    }
  }

  private writeOnce(tables: readonly ComparedTable[], isRemoved: (pair: Pair) => boolean): Promise<void> {
    return this.manager.transaction(async (savepoint) => {
      for (const { table, pairs } of tables.toReversed()) {
        await table.remove(
          savepoint,
          pairs.filter(isRemoved).map(({ living }) => rowIn(table, living!)),
        );
      }
      for (const { table, pairs } of tables) {
        const written = pairs.filter((pair) => pair.rebuilt !== undefined && isDifferent(pair));
        await table.write(
          savepoint,
          written.map(({ rebuilt }) => rowIn(table, rebuilt!)),
        );
      }
    });
  }
}

const rowIn = (table: LinkedTable['table'], image: string) => table.columns.fromJson(table.valuesIn(image));
const isDifferent = ({ living, rebuilt }: Pair) => living !== rebuilt;
const isMissing = ({ living, rebuilt }: Pair) => living !== undefined && rebuilt === undefined;

function comparisonOf({ table, pairs }: ComparedTable): TableComparison {
  const count = (isOne: (pair: Pair) => boolean) => pairs.filter(isOne).length;
  const differing = pairs.filter(isDifferent);
  const shown = (image: string | undefined) => (image === undefined ? null : byColumn(table, image));
  return {
    table: table.name,
    equal: count((pair) => !isDifferent(pair)),
    differing: count(
      ({ living, rebuilt }) => living !== undefined && rebuilt !== undefined && living !== rebuilt,
    ),
    missing: count(isMissing),
    extra: count(({ living }) => living === undefined),
    differences: differing
      .slice(0, SHOWN)
      .map(({ living, rebuilt }) => ({ living: shown(living), rebuilt: shown(rebuilt) })),
  };
}
