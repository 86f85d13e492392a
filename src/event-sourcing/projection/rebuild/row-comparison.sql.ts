/** The comparison of living rows with rebuilt ones. */
import type { Statements } from '../../postgres/database.js';
import { fromStoredJson } from '../../postgres/stored-json.js';
import type { TableComparison } from './rebuild-report.js';
import type { Pair } from './rebuild-tables.sql.js';

/** Primary keys, in the form that `json_populate_recordset` reads. */
export type Keys = readonly Record<string, unknown>[];

/** How many differences a report shows. */
const SHOWN = 10;

/**
 * Compares the living rows with the rebuilt ones, by primary key.
 *
 * @param among only the rows with these keys; without it, both tables are read whole
 */
export async function compareTables(manager: Statements, pair: Pair, among?: Keys): Promise<TableComparison> {
  const rows = rowsOf(pair, among);
  const [counts] = await manager.query<Omit<TableComparison, 'table' | 'differences'>[]>(
    `select count(*) filter (where ${inBoth(pair)} and not ${differ(pair)})::integer as equal,
            count(*) filter (where ${inBoth(pair)} and ${differ(pair)})::integer as differing,
            count(*) filter (where ${onlyLiving(pair)})::integer as missing,
            count(*) filter (where ${onlyRebuilt(pair)})::integer as extra
       from ${rows.source}`,
    rows.parameters,
  );
  const { differing, missing, extra } = counts!;
  const isSame = differing + missing + extra === 0;
  const differences = isSame ? [] : await selectDifferences(manager, pair, rows);
  return { table: pair.living, ...counts!, differences };
}

async function selectDifferences(
  manager: Statements,
  pair: Pair,
  { source, parameters }: RowSource,
): Promise<TableComparison['differences']> {
  const rows = await manager.query<TableComparison['differences']>(
    `select to_jsonb(l) as living, to_jsonb(r) as rebuilt from ${source}
      where ${isDifference(pair)} order by ${pair.keys.join(', ')} limit ${SHOWN}`,
    parameters,
  );
  return rows.map(({ living, rebuilt }) => ({
    living: fromStoredJson(living),
    rebuilt: fromStoredJson(rebuilt),
  }));
}

/** Primary keys of rows that differ, at most `limit`. As text, since JSON would round large numbers. */
export async function selectDifferingKeys(manager: Statements, pair: Pair, limit: number): Promise<Keys> {
  const { source } = rowsOf(pair);
  return manager.query<Record<string, unknown>[]>(
    `select ${pair.keys.map((key) => `${key}::text as ${key}`).join(', ')} from ${source}
      where ${isDifference(pair)} limit ${limit}`,
  );
}

interface RowSource {
  source: string;
  parameters: unknown[];
}

/** Living rows `l` joined with rebuilt rows `r`. */
function rowsOf(pair: Pair, among?: Keys): RowSource {
  const using = `using (${pair.keys.join(', ')})`;
  if (among === undefined)
    return { source: `${pair.living} l full join ${pair.rebuilt} r ${using}`, parameters: [] };
  return {
    source: `(select distinct ${listed(pair)}) c left join ${pair.living} l ${using} left join ${pair.rebuilt} r ${using}`,
    parameters: [JSON.stringify(among)],
  };
}

/** Keys of the parameter `$1`, in the form of `Keys`. */
export const listed = ({ living, keys }: Pair) =>
  `${keys.join(', ')} from json_populate_recordset(null::${living}, $1)`;
/** Whether the living row `l` and the rebuilt row `r` have the same primary key. */
export const sameKey = ({ keys }: Pair) => keys.map((key) => `l.${key} = r.${key}`).join(' and ');
/** Compares rows as text, since not every type can be compared. */
export const differ = ({ columns }: Pair) => `${asText('l', columns)} <> ${asText('r', columns)}`;
const asText = (alias: string, columns: readonly string[]) =>
  `row(${columns.map((column) => `${alias}.${column}`).join(', ')})::text`;
const inBoth = ({ keys: [first] }: Pair) => `l.${first} is not null and r.${first} is not null`;
const onlyLiving = ({ keys: [first] }: Pair) => `l.${first} is not null and r.${first} is null`;
const onlyRebuilt = ({ keys: [first] }: Pair) => `l.${first} is null and r.${first} is not null`;
const isDifference = (pair: Pair) =>
  `((${onlyLiving(pair)}) or (${onlyRebuilt(pair)}) or (${inBoth(pair)} and ${differ(pair)}))`;
