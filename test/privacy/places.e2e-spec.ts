import { expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { createTestDatabase } from '../support/test-database.js';

it('docs/privacy.md says of each table of the schema whether personal data is in it', async () => {
  const database = await createTestDatabase();
  const tables = await database.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'eventfold' order by 1`,
  );
  await database.drop();
  const text = await readFile('docs/privacy.md', 'utf8');
  const section = text.slice(text.indexOf('## Where personal data is'), text.indexOf('### Outside'));
  const told = [...section.matchAll(/^\| ([^|]*)\|/gm)].flatMap(([, places]) =>
    [...places!.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(new Set(told)).toEqual(new Set(tables.map(({ name }) => name)));
});
