/**
 * The contract with the private parts of `pg`, TypeORM and Nest. Each part that we use has a sentence, and the file
 * that uses it. A new version that moves a part fails here, and the test names the part.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Part, requirePart, versionOf } from '../support/private-parts/part.js';
import { PRIVATE_PARTS } from '../support/private-parts/private-parts.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const titled = PRIVATE_PARTS.map((part) => ({ ...part, version: versionOf(part.library) }));

describe('a private part', () => {
  let database: TestDatabase;
  beforeAll(async () => (database = await createEmptyDatabase()));
  afterAll(() => database.drop());

  it.each(titled)('of $library $version: $says ($usedIn)', (part) => requirePart(part, database.url));

  it('that has moved is told with library, version, file and what was expected', async () => {
    const moved: Part = {
      ...PRIVATE_PARTS[0]!,
      says: 'it is there.',
      holds: () => expect('there').toBe('gone'),
    };
    await expect(requirePart(moved, database.url)).rejects.toThrow(
      /^pg \d+\.\d+\.\d+ has moved what src\/event-sourcing\/postgres\/client-socket\.ts uses\. Expected: it is there\./,
    );
  });
});
