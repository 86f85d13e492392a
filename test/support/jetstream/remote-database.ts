import { migrationsFor, MODULES_WITH_TABLES } from '../../../migrations/index.js';
import { createTestDatabase, type TestDatabase } from '../../../src/testing/test-database.js';

/** A database with the tables of projections and of both read models, and without a log. */
export const createRemoteDatabase = (): Promise<TestDatabase> =>
  createTestDatabase({ migrations: migrationsFor({ log: false, modules: MODULES_WITH_TABLES }) });
