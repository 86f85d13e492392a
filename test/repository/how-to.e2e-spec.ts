import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type INestApplicationContext, Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Settings } from '../../src/service/config/settings.js';
import {
  DomainEvent,
  EventRegistry,
  EventStore,
  ProjectionOperations,
} from '../../src/event-sourcing/index.js';
import { CopyNotFound, CopyRefused } from '../examples/library/copy.errors.js';
import { Copy } from '../examples/library/copy.js';
import { CopyRepository } from '../examples/library/copy.repository.js';
import { GetMemberLoans } from '../examples/library/get-member-loans.query.js';
import { LendCopy } from '../examples/library/lend-copy.command.js';
import { LibraryAppModule } from '../examples/library/library-app.module.js';
import { driftOf, shownBlocks } from '../how-to/shown-code.js';
import { eventually } from '../support/eventually.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const root = join(import.meta.dirname, '../..');
const PAGES = 'docs/how-to';
const EXAMPLE = 'test/examples/library';
const EXAMPLES = [
  EXAMPLE,
  'test/examples/shop',
  'test/examples/library-host',
  'test/examples/transactions',
  'test/examples/companions',
  'test/examples/checkout',
];
const pages = [
  ...readdirSync(join(root, PAGES)).map((name) => `${PAGES}/${name}`),
  'docs/testing.md',
  'docs/companions.md',
  'docs/processes.md',
];
const textOf = (path: string) => readFileSync(join(root, path), 'utf8');

describe('the how-to pages', () => {
  it.each(pages)('show code as it is: %s', (page) => {
    const text = textOf(page);
    expect(shownBlocks(page, text).length).toBeGreaterThan(0);
    expect(driftOf(root, page, text)).toEqual([]);
  });

  it('show each file of the examples somewhere', () => {
    const shown = new Set(pages.flatMap((page) => shownBlocks(page, textOf(page)).map(({ file }) => file)));
    const files = EXAMPLES.flatMap((example) =>
      readdirSync(join(root, example)).map((name) => `${example}/${name}`),
    );
    expect([...shown]).toEqual(expect.arrayContaining(files));
  });

  it.each(pages)('are caught when a single character has drifted: %s', (page) => {
    const text = textOf(page);
    for (const { code } of shownBlocks(page, text)) {
      const drifted = text.replace(code, () => code.replace(/\w(?=\W*$)/, '_'));
      expect(driftOf(root, page, drifted)).toHaveLength(1);
    }
  });

  it('are caught when a block names no file, or shows half a line', () => {
    const page = `${PAGES}/add-an-event.md`;
    const link = `[\`copy.ts\`](../../${EXAMPLE}/copy.ts)`;
    expect(driftOf(root, page, 'An idea:\n\n```ts\nconst a = 1;\n```\n')).toEqual([
      `${page}: the block "const a = 1;" names no file`,
    ]);
    expect(driftOf(root, page, `${link}\n\n\`\`\`ts\nclass Copy extends\n\`\`\`\n`)).toEqual([
      `${page}: "class Copy extends" is not in ${EXAMPLE}/copy.ts as it is shown`,
    ]);
  });
});

describe('the page on running it', () => {
  it('has every setting, with its default', () => {
    const rows = textOf('docs/running.md').matchAll(/^\| `([A-Z_]+)` +\| (?:`(.+?)`)? +\|/gm);
    const shown = Object.fromEntries([...rows].map(([, name, value]) => [name, value]));
    const defaults = Object.entries(new Settings()).map(([name, value]) => [name, value?.toString()]);
    expect(shown).toEqual(Object.fromEntries(defaults));
  });
});

describe('the library of the how-to pages', () => {
  let database: TestDatabase;
  let app: INestApplicationContext;
  let copies: CopyRepository;

  beforeEach(async () => {
    database = await createTestDatabase();
    Logger.overrideLogger(false);
    app = await NestFactory.createApplicationContext(LibraryAppModule.forRoot(database.url), {
      logger: false,
    });
    copies = app.get(CopyRepository);
  });
  afterEach(async () => {
    await app.close();
    await database.drop();
  });

  const acquire = async (copyId: string = randomUUID()) => copies.create(Copy.acquire(copyId, 'Emma'));
  const lend = (copyId: string, memberId: string) =>
    app.get(CommandBus).execute(new LendCopy(copyId, memberId, 'harbour'));
  const loansOf = (memberId: string, readAfter: number) =>
    app.get(QueryBus).execute(new GetMemberLoans(memberId, readAfter));

  it('lends a copy to one member at a time, however many ask at once', async () => {
    const { id } = await acquire();
    const answers = await Promise.allSettled(['ada', 'bo', 'cy', 'di'].map((member) => lend(id, member)));
    const refusals = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason] : []));
    expect(refusals.map(({ code }: CopyRefused) => code)).toEqual(Array(3).fill('copy.is-lent'));
    expect((await copies.find(id))!.version).toBe(2);
  });

  it('refuses what makes no sense, and knows no copy that was never acquired', async () => {
    const { id } = await acquire();
    await expect(copies.update(id, (copy) => copy.giveBack())).rejects.toThrow(CopyRefused);
    await expect(lend(randomUUID(), 'ada')).rejects.toThrow(CopyNotFound);
    await lend(id, 'ada');
    await copies.update(id, (copy) => copy.reportLost());
    await expect(lend(id, 'bo')).rejects.toThrow(expect.objectContaining({ code: 'copy.is-lost' }));
  });

  it('tells a member what is on loan, at the position of a command', async () => {
    const [first, second] = [await acquire(), await acquire()];
    await lend(first.id, 'ada');
    const lent = await lend(second.id, 'ada');
    expect(await loansOf('ada', lent.position)).toEqual({
      memberId: 'ada',
      onLoan: [first.id, second.id],
      loansEver: 2,
      lost: 0,
    });
    await copies.update(first.id, (copy) => copy.giveBack());
    const lost = await copies.update(second.id, (copy) => copy.reportLost());
    expect(await loansOf('ada', lost.position)).toMatchObject({ onLoan: [], loansEver: 2, lost: 1 });
    expect(await loansOf('bo', lost.position)).toBeNull();
  });

  it('reads loans of before there were branches', async () => {
    const { id } = await acquire();
    const stored = new LentBeforeBranches({ copyId: id, memberId: 'ada' });
    const { position } = await app.get(EventStore).appendToStream(`copy-${id}`, 1, [stored]);
    const [event] = await app.get(EventStore).readStream(`copy-${id}`, { fromVersion: 2 });
    expect(event!.metadata.schemaVersion).toBe(1);
    expect(event!.data).toEqual({ copyId: id, memberId: 'ada' });
    expect(app.get(EventRegistry).revive(event!).data).toEqual({
      copyId: id,
      memberId: 'ada',
      branch: 'main',
    });
    expect((await copies.find(id))!.state.lentTo).toBe('ada');
    expect(await loansOf('ada', position)).toMatchObject({ onLoan: [id] });
  });

  it('folds its read model again to the same rows', async () => {
    const { id } = await acquire();
    const { position } = await lend(id, 'ada');
    await loansOf('ada', position);
    await app.get(ProjectionOperations).rebuild('member-loans');
    await eventually(async () => {
      const status = await app.get(ProjectionOperations).get('member-loans');
      expect(status.lastRebuild?.tables[0]).toMatchObject({ equal: 1, differing: 0 });
    });
  });
});

/** `copy.lent` in the form that version 1 of its class stored. */
class LentBeforeBranches extends DomainEvent<'copy.lent', { copyId: string; memberId: string }> {
  static readonly type = 'copy.lent';
  readonly type = LentBeforeBranches.type;
}
