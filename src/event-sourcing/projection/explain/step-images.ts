import type { Statements } from '../../postgres/database.js';
import type { RowTable } from '../columns/row-table.js';
import type { Folding } from '../declare/folding.js';
import type { HistoryItem, RowChange, RowsOfTable } from './explanation.js';
import type { KeyFold, RecordChange, Step } from './key-fold.js';
import { byColumn, imagesOf, keyIn, recordOf, type RowImage } from './row-image.js';

/** Most rows of a table that are shown. */
const SHOWN = 100;

/** Rows by their record, for each table. */
type Images = ReadonlyMap<RowTable<any>, ReadonlyMap<string, RowImage>>;

/**
 * The steps with their rows as PostgreSQL would store them.
 *
 * @param unknownFrom from this position on the changes are not known
 */
export async function historyItems(
  statements: Statements,
  steps: readonly Step[],
  unknownFrom = Infinity,
): Promise<HistoryItem[]> {
  const known = steps.map((step) => (step.event.position < unknownFrom ? step : { ...step, changes: [] }));
  const images = await imagesOfChanges(
    statements,
    known.flatMap(({ changes }) => changes),
  );
  return known.map(({ event, changes, isSkipped, failure }) => ({
    event,
    changes: changes.map((change) => changeOf(change, images)).filter(({ fields }) => fields.length > 0),
    skipped: isSkipped,
    failure,
  }));
}

/** The rows of a fold as PostgreSQL would store them. */
export async function foldedRows(
  statements: Statements,
  folding: Folding,
  fold: KeyFold,
): Promise<RowsOfTable[]> {
  const tables: RowsOfTable[] = [];
  for (const touched of folding.tables('live')) {
    const { table } = touched;
    const rows = fold.rowsOf(touched);
    const records = rows.slice(0, SHOWN).map((row) => recordOf(table, row));
    const images = await imagesOf(statements, table, records);
    const isCut = rows.length > SHOWN;
    tables.push({ table: table.name, rows: images.map((image) => byColumn(table, image)), isCut });
  }
  return tables;
}

/** Most rows are in two changes, as the row after one and before the next: each is converted once. */
async function imagesOfChanges(statements: Statements, changes: readonly RecordChange[]): Promise<Images> {
  const records = new Map<RowTable<any>, Set<string>>();
  for (const { table, before, after } of changes) {
    const known = records.get(table) ?? new Set();
    records.set(table, known);
    for (const record of [before, after]) if (record !== null) known.add(record);
  }
  const images = new Map<RowTable<any>, Map<string, RowImage>>();
  for (const [table, known] of records) {
    const all = [...known];
    const found = await imagesOf(statements, table, all);
    images.set(table, new Map(all.map((record, number) => [record, byColumn(table, found[number]!)])));
  }
  return images;
}

function changeOf({ table, ...change }: RecordChange, images: Images): RowChange {
  const imageOf = (record: string | null) => (record === null ? null : images.get(table)!.get(record)!);
  const [before, after] = [imageOf(change.before), imageOf(change.after)];
  const isSame = (name: string) => JSON.stringify(before?.[name]) === JSON.stringify(after?.[name]);
  return {
    table: table.name,
    key: keyIn(table, (after ?? before)!),
    before,
    after,
    fields: table.columnNames.filter((name) => before === null || after === null || !isSame(name)),
  };
}
