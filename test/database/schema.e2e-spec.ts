import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { schemaText } from '../support/repository/schema-text.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const FILE = join(import.meta.dirname, '../../migrations/schema.sql');

let database: TestDatabase;
beforeAll(async () => (database = await createTestDatabase()));
afterAll(() => database.drop());

it('migrations/schema.sql is what all migrations make: else "npm run schema"', async () => {
  const text = await schemaText(database);
  if (process.env.WRITE_SCHEMA === 'yes') await writeFile(FILE, text);
  expect(await readFile(FILE, 'utf8')).toBe(text);
});
