import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

describe('the first transaction of a process', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  it('was taken to be around everything that was under way', async () => {
    const script = join(import.meta.dirname, '../support/processes/first-transaction.mjs');
    const { stdout } = await promisify(execFile)(process.execPath, [script, database.url]);
    expect(JSON.parse(stdout)).toEqual(['appended', 'appended', 'appended']);
  });
});
