import { openDatabase, type TestDatabase } from '../../src/testing/test-database.js';
import { TestServer } from '../../src/testing/test-server.js';

export type { TestDatabase };

/** A database of one test file: as the service's own migrations make it. */
export const createTestDatabase = (): Promise<TestDatabase> => cloneOf(process.env.EVENTFOLD_TEST_TEMPLATE);

/** A database of a host, which has no tables of Eventfold yet. */
export const createEmptyDatabase = (): Promise<TestDatabase> => cloneOf('template1');

async function cloneOf(template: string | undefined): Promise<TestDatabase> {
  if (template === undefined) throw new Error('The global setup of the end-to-end tests did not run.');
  return openDatabase((await TestServer.use()).server, template);
}
