import type { EntityManager } from 'typeorm';
import type { Folding } from '../declare/folding.js';
import type { ChangedRows, Mark } from './changed-rows.js';
import type { TableComparison } from './rebuild-report.js';
import { pairsOf } from './rebuild-tables.sql.js';
import { compareTables, type Keys, selectDifferingKeys } from './row-comparison.sql.js';

/** Most differing rows whose keys are kept. With more, whole tables are compared again. */
const FEW_ROWS = 2_000;

/**
 * The comparison of both builds of a projection, in two steps. The first reads whole tables while both builds go on
 * folding. The second follows when both are locked at one position. It reads the rows that may differ there: those that
 * differed in the first step, and those that a fold has touched since.
 */
export class BuildComparison {
  private constructor(
    private readonly manager: EntityManager,
    private readonly folding: Folding,
    private readonly changedRows: ChangedRows,
    private readonly first: {
      mark: Mark;
      tables: readonly TableComparison[];
      /** For each table, the rows that differed; undefined when there are too many. */
      differing: readonly Keys[] | undefined;
    },
  ) {}

  /** The first step. It blocks no turn; a mark tells which events were folded meanwhile. */
  static async begin(
    manager: EntityManager,
    folding: Folding,
    changedRows: ChangedRows,
  ): Promise<BuildComparison> {
    const mark = await changedRows.mark(manager, folding);
    const tables: TableComparison[] = [];
    const keys: Keys[] = [];
    for (const pair of pairsOf(folding)) {
      await manager.query(`analyze ${pair.rebuilt}`);
      tables.push(await compareTables(manager, pair));
      keys.push(await selectDifferingKeys(manager, pair, FEW_ROWS + 1));
    }
    const isFew = keys.reduce((sum, { length }) => sum + length, 0) <= FEW_ROWS;
    const differing = isFew ? keys : undefined;
    return new BuildComparison(manager, folding, changedRows, { mark, tables, differing });
  }

  /** Whether the rows that may differ at the end will be known and few. */
  async isOfFewRows(): Promise<boolean> {
    const { manager, folding, changedRows, first } = this;
    return first.differing !== undefined && !(await changedRows.areUntold(manager, folding));
  }

  /** The rows that may differ at a position, for each table. Only where they are few. */
  async rowsThatMayDiffer(upTo: number): Promise<Keys[]> {
    const { manager, folding, changedRows, first } = this;
    const touched = await changedRows.since(manager, folding, first.mark, upTo);
    return touched.map((keys, table) => [...first.differing![table]!, ...keys]);
  }

  /**
   * The second step.
   *
   * @param among the rows that may differ, for each table; undefined to read whole tables again
   * @returns for each table, the counts of the whole table: the other rows have not changed since
   */
  async end(among: readonly Keys[] | undefined): Promise<TableComparison[]> {
    const comparisons: TableComparison[] = [];
    for (const [number, pair] of pairsOf(this.folding).entries()) {
      const now = await compareTables(this.manager, pair, among?.[number]);
      const before = this.first.tables[number]!;
      const equal =
        among === undefined ? now.equal : before.equal + Math.max(0, different(before) - different(now));
      comparisons.push({ ...now, equal });
    }
    return comparisons;
  }
}

/** The number of rows that are not the same in both builds. */
export const different = ({ differing, missing, extra }: TableComparison): number =>
  differing + missing + extra;
