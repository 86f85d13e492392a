/** docs/import.md, pasted block by block into the application that `nest new` makes. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocksOf, type GuideBlock } from '../support/repository/guide.js';
import { installedPackage } from '../support/hosts/installed-package.js';
import { PastedApplication } from '../support/hosts/pasted-application.js';
import { ROOT } from '../support/hosts/packed-package.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const guide = await readFile(join(ROOT, 'docs/import.md'), 'utf8');

let database: TestDatabase;
let application: PastedApplication;
beforeAll(async () => {
  database = await createEmptyDatabase();
  application = await PastedApplication.open(await installedPackage(), database.url);
}, 180_000);
afterAll(async () => {
  await application.remove();
  await database.drop();
});

/** Each answer belongs to the commands before it. */
async function pasteAll(blocks: GuideBlock[]): Promise<string> {
  let printed = '';
  for (const block of blocks) {
    if (block.kind === 'answer') expect(JSON.parse(printed)).toEqual(asPattern(block.json));
    else printed = await application.paste(block);
  }
  return printed;
}

/** `"..."` stands for any text. */
function asPattern(json: unknown): unknown {
  if (json === '...') return expect.any(String);
  if (Array.isArray(json)) return json.map(asPattern);
  if (typeof json !== 'object' || json === null) return json;
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [key, asPattern(value)]));
}

describe('the guide to the import', () => {
  it('leads a new application to its first event', async () => {
    await pasteAll(blocksOf(guide, 'The first event, in a new application'));
    const events = await database.query('select stream_id, event_type from eventfold.events');
    expect(events).toEqual([{ stream_id: 'order-7', event_type: 'order.placed' }]);
  });

  it('leads it to its first read model, which has the events of before', async () => {
    const printed = await pasteAll(blocksOf(guide, 'The first read model'));
    expect(printed).toContain('The log is sound.');
  });

  it('is told once, at the start, what its database lacks', async () => {
    await database.query('drop table eventfold.snapshots');
    const { message } = await application.start().then(
      () => new Error('It starts.'),
      (error: Error) => error,
    );
    expect(message.match(/MissingTablesError: .*/g)).toEqual([
      expect.stringContaining('lacks what this version of Eventfold needs (snapshots)'),
    ]);
    expect(message).not.toContain('relation "');
  });
});
