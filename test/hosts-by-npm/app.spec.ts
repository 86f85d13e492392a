import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { EventStore } from 'nest-eventfold';
import { settle } from 'nest-eventfold/testing';
import { UserRegistered } from 'nest-eventfold/users';
import { AppModule } from './app.module.js';

describe('the application', () => {
  let app: INestApplication;

  beforeAll(async () => {
    const module = await Test.createTestingModule({ imports: [AppModule] }).compile();
    app = module.createNestApplication();
    await app.listen(0, '127.0.0.1');
  }, 60_000);
  afterAll(() => app.close());

  it('folds what a command has stored into a row', async () => {
    const url = `${await app.getUrl()}/users`;
    const userId = crypto.randomUUID();
    const registered = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ userId, email: `${userId}@example.org`, name: 'Ada' }),
    });
    expect(registered.status).toBe(201);
    await settle(app);
    const profile = await fetch(`${url}/${userId}/profile`);
    expect(await profile.json()).toMatchObject({ userId, name: 'Ada' });
    const [event] = await app.get(EventStore).readStream(`user-${userId}`);
    expect(event?.type).toBe(UserRegistered.type);
  });
});
