import { openDatabase, type TestDatabase } from '../../src/testing/test-database.js';
import { TestServer } from '../../src/testing/test-server.js';

export type { TestDatabase };

/** The database of a test file, with the tables of the service's own migrations. */
export const createTestDatabase = (): Promise<TestDatabase> => cloneOf(process.env.EVENTFOLD_TEST_TEMPLATE);

/** The database of a host, without tables of Eventfold. */
export const createEmptyDatabase = (): Promise<TestDatabase> => cloneOf('template1');

async function cloneOf(template: string | undefined): Promise<TestDatabase> {
  if (template === undefined) throw new Error('The global setup of the end-to-end tests did not run.');
  return openDatabase((await TestServer.use()).server, template);
}
