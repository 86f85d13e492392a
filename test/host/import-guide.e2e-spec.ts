/** docs/import.md, pasted block by block into applications as `nest new` makes them. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blocksOf, type GuideBlock } from '../support/repository/guide.js';
import { byLinks, byNpm } from '../support/hosts/fresh-packages.js';
import { installedPackage } from '../support/hosts/installed-package.js';
import { PastedApplication } from '../support/hosts/pasted-application.js';
import { ROOT } from '../support/hosts/packed-package.js';
import { scaled } from '../support/scale.js';
import { createEmptyDatabase, type TestDatabase } from '../support/test-database.js';

const MINUTES = 60_000;
/** From `npm install` to the first event, on a machine that does nothing else. */
const FIRST_EVENT_WITHIN_S = 120;

const guide = await readFile(join(ROOT, 'docs/import.md'), 'utf8');
const [onNest12, ...steps] = blocksOf(guide, 'The first event, in a new application');
const [onNest11] = blocksOf(guide, 'On Nest 11, in CommonJS');

const SKIPPED = scaled(
  ' (skipped: npm installs some 800 packages; npm run test:long -- test/host/import-guide)',
  '',
);
const inLongForm = scaled(describe.skip, describe);
const APPLICATIONS = [
  { on: 'Nest 12, with linked packages', firstStep: onNest12!, packages: byLinks, describe },
  { on: `Nest 12${SKIPPED}`, firstStep: onNest12!, packages: byNpm, describe: inLongForm },
  { on: `Nest 11 and TypeORM 0.3${SKIPPED}`, firstStep: onNest11!, packages: byNpm, describe: inLongForm },
];

for (const { on, firstStep, packages, describe: describeIt } of APPLICATIONS) {
  describeIt(`the guide to the import, on ${on}`, () => {
    let database: TestDatabase;
    let application: PastedApplication;
    beforeAll(async () => {
      database = await createEmptyDatabase();
      application = await PastedApplication.open(packages(await installedPackage()), database.url);
    }, 3 * MINUTES);
    afterAll(async () => {
      await application.remove();
      await database.drop();
    });

    it(
      'leads a new application to its first event',
      async () => {
        await pasteAll(application, [firstStep, ...steps]);
        const events = await database.query('select stream_id, event_type from eventfold.events');
        expect(events).toEqual([{ stream_id: 'order-7', event_type: 'order.placed' }]);
        const seconds = secondsSinceInstall(application);
        console.log(`${on}: ${seconds} s from npm install to the first event`);
        expect(seconds).toBeLessThan(FIRST_EVENT_WITHIN_S);
      },
      10 * MINUTES,
    );

    it('leads it to its first read model, which has the events of before', async () => {
      const printed = await pasteAll(application, blocksOf(guide, 'The first read model'));
      expect(printed).toContain('The log is sound.');
    });

    if (packages === byNpm) {
      it('leaves it with tests, which find what was pasted', async () => {
        await application.write('src/app.module.spec.ts', TEST_OF_PASTED);
        await application.type('npm test');
      });
    }

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
}

/** Its runner has `it` and `expect` as globals. */
const TEST_OF_PASTED = `
import { AppModule } from './app.module.js';

it('is found', () => {
  expect(AppModule).toBeDefined();
});
`;

/** Each answer belongs to the commands before it. */
async function pasteAll(application: PastedApplication, blocks: GuideBlock[]): Promise<string> {
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

function secondsSinceInstall({ typedAt }: PastedApplication): number {
  const [, installedAt] = [...typedAt].find(([line]) => line.startsWith('npm install '))!;
  return Math.round((Date.now() - installedAt) / 1000);
}
