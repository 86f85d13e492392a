import type { TestDatabase } from '../test-database.js';

/** Every column of the schema in which some value contains a text, whatever the type of the column. */
export async function placesOf(database: TestDatabase, text: string): Promise<string[]> {
  const columns = await database.query<{ table: string; column: string }>(
    `select c.relname as table, a.attname as column from pg_attribute a join pg_class c on c.oid = a.attrelid
      where c.relnamespace = 'eventfold'::regnamespace and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped
      order by 1, 2`,
  );
  const places: string[] = [];
  for (const { table, column } of columns) {
    const [{ found }] = (await database.query<{ found: boolean }>(
      `select exists (select from eventfold."${table}"
                       where position($1 in "${column}"::text) > 0
                          or position(encode(convert_to($1, 'UTF8'), 'hex') in "${column}"::text) > 0) as found`,
      [text],
    )) as [{ found: boolean }];
    if (found) places.push(`${table}.${column}`);
  }
  return places;
}
