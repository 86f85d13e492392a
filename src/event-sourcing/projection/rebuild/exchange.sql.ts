import type { Statements } from '../../postgres/database.js';
import type { Pair } from './rebuild-tables.sql.js';
import { differ, type Keys, listed, sameKey } from './row-comparison.sql.js';

/**
 * Changes the living rows into the rebuilt ones. Views, grants and policies of the living table stay, and readers see
 * the old rows until the transaction commits.
 *
 * @param among only the rows with these keys
 */
export async function writeDifferences(manager: Statements, pair: Pair, among?: Keys): Promise<void> {
  const parameters = among === undefined ? [] : [JSON.stringify(among)];
  for (const statement of [deletion(pair, among), change(pair, among), insertion(pair, among)]) {
    if (statement !== undefined) await manager.query(statement, parameters);
  }
}

/** The same when two rows exchange a value of a unique column: differing rows are deleted first, and then inserted. */
export async function replaceDifferences(manager: Statements, pair: Pair, among?: Keys): Promise<void> {
  const parameters = among === undefined ? [] : [JSON.stringify(among)];
  await manager.query(
    `delete from ${pair.living} l
      where ${isAmong(pair, 'l', among)} and not exists (
            select from ${pair.rebuilt} r where ${sameKey(pair)} and not ${differ(pair)})`,
    parameters,
  );
  await manager.query(insertion(pair, among), parameters);
}

const deletion = (pair: Pair, among?: Keys) => `
  delete from ${pair.living} l
   where ${isAmong(pair, 'l', among)} and not exists (select from ${pair.rebuilt} r where ${sameKey(pair)})`;

/** Undefined when the table has only key columns. */
function change(pair: Pair, among?: Keys): string | undefined {
  const others = pair.columns.filter((column) => !pair.keys.includes(column));
  if (others.length === 0) return undefined;
  return `
    update ${pair.living} l set ${others.map((column) => `${column} = r.${column}`).join(', ')}
      from ${pair.rebuilt} r where ${isAmong(pair, 'r', among)} and ${sameKey(pair)} and ${differ(pair)}`;
}

const insertion = (pair: Pair, among?: Keys) => `
  insert into ${pair.living} (${pair.columns.join(', ')})
  select ${pair.columns.map((column) => `r.${column}`).join(', ')} from ${pair.rebuilt} r
   where ${isAmong(pair, 'r', among)} and not exists (select from ${pair.living} l where ${sameKey(pair)})`;

const isAmong = (pair: Pair, alias: string, among: Keys | undefined) =>
  among === undefined
    ? 'true'
    : `(${pair.keys.map((key) => `${alias}.${key}`).join(', ')}) in (select ${listed(pair)})`;
