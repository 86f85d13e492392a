import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ErasureService, ProjectionOperations } from '../../src/event-sourcing/index.js';
import { thenNothingPersonal } from '../../src/testing/index.js';
import {
  createMembers,
  masterKey,
  Member,
  type MembersHost,
  startMembersHost,
} from '../support/hosts/members-host.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const TEXTS = ['ada@example.org', 'Ada Lovelace'];

describe('thenNothingPersonal', () => {
  let database: TestDatabase;
  let host: MembersHost;
  beforeEach(async () => {
    database = await createTestDatabase();
    await createMembers(database);
    host = await startMembersHost(database, { privacy: { masterKeys: [masterKey(1)] } });
    const { position } = await host.members.create(Member.join('ada', 'Ada Lovelace', 'ada@example.org'));
    await host.folded(position);
  });
  afterEach(async () => {
    await host.stop();
    await database.drop();
  });

  const erase = () => host.app.get(ErasureService).request('ada');
  const forgotten = (within = 30_000) => thenNothingPersonal(host.app, 'ada', { texts: TEXTS, within });

  it('passes once the person is forgotten', async () => {
    await host.app.get(ErasureService).request('ada');
    await thenNothingPersonal(host.app, 'ada', { texts: ['ada@example.org', 'Ada Lovelace'] });
  });

  it('says that nobody has asked for it', async () => {
    await expect(forgotten()).rejects.toThrow('Nobody has asked to erase "ada": call ErasureService.request');
  });

  it('says at which step an erasure waits', async () => {
    await host.app.get(ProjectionOperations).pause('members');
    await host.members.update('ada', (member) => member.visit());
    await erase();
    await expect(forgotten(500)).rejects.toThrow('not done within 500 ms: the last step that is done is "');
    await host.app.get(ProjectionOperations).resume('members');
    await forgotten();
  });

  it('names each place that has something', async () => {
    await erase();
    await forgotten();
    await database.query(`insert into eventfold.members values ('ada', 'Ada Lovelace', null)
      on conflict (id) do update set name = excluded.name`);
    await expect(forgotten()).rejects.toThrow(
      '"ada" is erased, and not forgotten: 1 rows of eventfold.members that are not emptied, "Ada Lovelace" in 1 ' +
        'rows of eventfold.members.name.',
    );
  });
});
