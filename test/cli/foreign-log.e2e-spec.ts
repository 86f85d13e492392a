/** The command line on the log of an application that imports the package, with events and migrations of its own. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { DataSource, type DataSourceOptions } from 'typeorm';
import { eventfold } from '../support/cli.js';
import { write } from '../support/log/log-writer.js';
import { createEmptyDatabase, createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { hostDataSource } from '../support/hosts/web-host.js';

const UNKNOWN = 'types that this program does not know';

let database: TestDatabase;
beforeEach(async () => {
  database = await createEmptyDatabase();
  const host = await new DataSource(hostDataSource(database) as DataSourceOptions).initialize();
  await host.destroy();
  await writeOrders();
});
afterEach(() => database.drop());

const writeOrders = () =>
  write(
    database,
    { stream: 'order-7', type: 'order.placed', data: { total: 40 } },
    { stream: 'user-a', type: 'user.deactivated', data: { userId: 'a' } },
    { stream: 'order-7', type: 'order.paid', data: { total: 40 } },
    { stream: 'order-8', type: 'order.placed', data: { total: 2 } },
  );
const run = (...args: string[]) => eventfold({ DATABASE_URL: database.url }, ...args);

describe('eventfold log verify, on the log of an application', () => {
  it('finds it sound, and says of which types it has not read the events', async () => {
    const { code, out, err } = await run('log', 'verify');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toMatch(/^The log is sound\.\n +events +4, at positions 1 to 4\n +streams +3\n/);
    expect(out).toContain(`It has ${UNKNOWN}.`);
    expect(out).toContain(
      '  order.placed: 2, the first at position 1\n  order.paid: 1, the first at position 3\n',
    );
    const json = JSON.parse((await run('log', 'verify', '--json')).out);
    expect(json).toMatchObject({ ok: true, events: 4, unknownTypes: [{ type: 'order.placed' }, {}] });
  });

  it('still finds what is damaged, with exit code 1', async () => {
    await database.query(
      `alter table eventfold.events disable trigger user;
       delete from eventfold.events where global_position = 2;
       alter table eventfold.events enable trigger user`,
    );
    const { code, out } = await run('log', 'verify');
    expect(code).toBe(1);
    expect(out).toContain('FAULT     position-gap');
  });

  it('knows it also where the command line itself has made the tables', async () => {
    await database.drop();
    database = await createTestDatabase();
    await writeOrders();
    const { code, out } = await run('log', 'verify');
    expect(code).toBe(0);
    expect(out).toContain(UNKNOWN);
  });
});

describe('eventfold rehearse, on the log of an application', () => {
  it('breaks on no type that only the application knows, and says that it has not rehearsed it', async () => {
    const { code, out, err } = await run('rehearse', '--whole');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('This build reads what it was given.');
    expect(out).toContain(`  unknown   order.paid, order.placed: ${UNKNOWN}, and has not rehearsed.`);
    const json = JSON.parse((await run('rehearse', '--json')).out);
    expect(json).toMatchObject({ ok: true, unknownTypes: ['order.paid', 'order.placed'] });
  });
});

describe('eventfold migrate, on the schema of an application', () => {
  it('finds all that is needed, and says that it has not looked which migrations have run', async () => {
    const { code, out } = await run('migrate', '--check');
    expect(code).toBe(0);
    expect(out).toMatch(/has all that this version needs\.\n.* was not checked\.\n$/);
    expect(await run('migrate')).toMatchObject({ code: 0, out });
  });

  it('names what is missing, with exit code 1, and leaves it to the application', async () => {
    await database.query('drop table eventfold.snapshots');
    const { code, out } = await run('migrate', '--check');
    expect(code).toBe(1);
    expect(out).toMatch(/^missing {2}snapshots\n.*migrated by the application .*: run its migrations\.\n$/);
    const refused = await run('migrate');
    expect(refused).toMatchObject({ code: 1, out: '' });
    expect(refused.err).toContain('It lacks snapshots.');
    const json = JSON.parse((await run('migrate', '--check', '--json')).out);
    expect(json).toEqual({ schema: 'eventfold', migratedBy: 'application', missing: ['snapshots'] });
  });
});
