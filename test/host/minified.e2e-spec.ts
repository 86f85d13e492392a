import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { spawnService, type ServiceProcess } from '../support/processes/service-process.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

const ROOT = join(import.meta.dirname, '../..');

/**
 * A minifier gives classes, functions and parameters one letter, so no code may depend on their names in the source.
 */
describe('the service in a minified bundle', () => {
  let folder: string;
  let database: TestDatabase;
  let service: ServiceProcess;

  beforeAll(async () => {
    folder = await mkdtemp(join(ROOT, 'dist/minified-')); // packages outside of the bundle are found from here
    execFileSync(process.execPath, [join(ROOT, 'test/support/processes/minified-bundle.mjs'), folder], {
      cwd: ROOT,
    });
    database = await createTestDatabase();
    service = await spawnService({ DATABASE_URL: database.url }, ROOT, join(folder, 'service.js')).ready;
  });
  afterAll(async () => {
    await service?.end('SIGKILL');
    await database.drop();
    await rm(folder, { recursive: true });
  });

  it('takes commands, folds them into both read models, and tells refusals by their codes', async () => {
    const { api } = service;
    const user = { email: 'ada@example.org', name: 'Ada', initialPreferences: ['drama'] };
    const registered = await api.send('POST', '/users', user);
    expect(registered.status).toBe(201);
    const { userId } = registered.body;
    const taken = await api.send('POST', '/users', { ...user, userId: randomUUID() });
    expect(taken.body).toMatchObject({ status: 409, type: expect.stringContaining('email') });
    const watched = { type: 'content.watched', eventId: randomUUID(), userId, contentId: 'film-1' };
    const sent = await api.send('POST', '/viewing/events', [
      { ...watched, watchDurationSeconds: 60, completionPercentage: 50, genre: 'war' },
    ]);
    const readAfter = { 'read-after': String(sent.body.verdicts[0].position) };
    const profile = await api.send('GET', `/users/${userId}/profile`, undefined, readAfter);
    expect(profile.body).toMatchObject({ totalWatchTime: 60, favoriteGenres: ['drama', 'war'] });
    const film = await api.send('GET', '/contents/film-1/popularity', undefined, readAfter);
    expect(film.body).toMatchObject({ totalViews: 1, genre: 'war' });
  });

  it('decides again where two commands on one user meet', async () => {
    const { api } = service;
    const user = { email: 'grace@example.org', name: 'Grace', initialPreferences: [] };
    const { body } = await api.send('POST', '/users', user);
    const puts = Array.from({ length: 3 }, (_, number) =>
      api.send('PUT', `/users/${body.userId}/preferences`, { preferences: [`genre-${number}`] }),
    );
    expect((await Promise.all(puts)).map(({ status }) => status)).toEqual([200, 200, 200]);
  });

  it('ends when it is told to', async () => {
    await expect(service.end('SIGTERM')).resolves.toBe(0);
  });
});
