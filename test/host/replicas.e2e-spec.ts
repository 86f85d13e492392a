/** An application whose data source has TypeORM's `replication`, on real replicas. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CommandBus, CqrsModule, QueryBus } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Replicas } from '../../src/event-sourcing/for-service.js';
import { EventSourcingModule } from '../../src/event-sourcing/index.js';
import { GetUserProfile, UserProfileModule } from '../../src/user-profile/index.js';
import { RegisterUser, UpdatePreferences, UsersModule } from '../../src/users/index.js';
import { eventually } from '../support/eventually.js';
import { startOn } from '../support/http/test-service.js';
import { scaled } from '../support/scale.js';
import { installedPrograms, InstalledServer } from '../support/servers/installed-server.js';
import { MovableLine } from '../support/servers/movable-line.js';

const programs = installedPrograms();
const withPrograms = programs === undefined ? describe.skip : describe;

const USERS = scaled(30, 500);
const AT_ONCE = 10;
/** A replica that applies what it gets this much later. */
const DELAY = '700ms';

const hostOf = (primary: string, ...replicas: string[]) => ({
  module: class Host {},
  imports: [
    TypeOrmModule.forRoot({
      type: 'postgres',
      replication: { master: { url: primary }, slaves: replicas.map((url) => ({ url })) },
      autoLoadEntities: true,
      installExtensions: false,
    }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot({ replicaMaxLagMs: 60_000 }),
    UsersModule,
    UserProfileModule,
  ],
});

withPrograms('an application with the replicas of TypeORM', () => {
  let primary: InstalledServer;
  let replicas: InstalledServer[];
  let line: MovableLine;
  let host: INestApplicationContext;
  beforeAll(async () => {
    primary = await InstalledServer.start(programs!);
    await startOn(primary.url).then((service) => service.stop()); // makes the tables
    const saysAll = '-c log_statement=all';
    replicas = [
      await primary.startReplica(`${saysAll} -c recovery_min_apply_delay=${DELAY}`),
      await primary.startReplica(saysAll),
    ];
    line = await MovableLine.to(replicas[1]!.url);
    host = await NestFactory.createApplicationContext(hostOf(primary.url, replicas[0]!.url, line.url), {
      logger: false,
    });
    await eventually(() => expect(states()).toEqual(['in-use', 'in-use']));
  });
  afterAll(async () => {
    await host?.close();
    await line?.close();
    for (const server of [...(replicas ?? []), primary]) await server?.remove();
  });

  const states = () => host.get(Replicas, { strict: false }).statuses.map(({ state }) => state);
  const profilesReadOn = (server: InstalledServer) =>
    readFileSync(server.file('log'), 'utf8').match(/"?user_profiles"?/g)?.length ?? 0;

  /** Changes a new user's preferences, and returns the profile that a query finds after the change. */
  async function profileAfterChange(preferences: string[]): Promise<string[]> {
    const userId = randomUUID();
    const commands = host.get(CommandBus, { strict: false });
    await commands.execute(new RegisterUser(userId, `${userId}@example.org`, 'Ada', ['war']));
    const { position } = await commands.execute(new UpdatePreferences(userId, preferences));
    const queries = host.get(QueryBus, { strict: false });
    return (await queries.execute(new GetUserProfile(userId, position))).preferences;
  }

  it(
    `reads its own writes, also where a replica is ${DELAY} behind (${USERS} times)`,
    async () => {
      const before = replicas.map(profilesReadOn);
      for (let done = 0; done < USERS; done += AT_ONCE) {
        const found = await Promise.all(
          Array.from({ length: AT_ONCE }, (_, nth) => profileAfterChange([`genre-${done + nth}`])),
        );
        expect(found.flat()).toEqual(Array.from({ length: AT_ONCE }, (_, nth) => `genre-${done + nth}`));
      }
      const read = replicas.map((server, index) => profilesReadOn(server) - before[index]!);
      expect(read.map((count) => count > 0)).toEqual([true, true]);
    },
    USERS * 2_000 + 120_000,
  );

  it('leaves out a replica that is cut off, and takes it back by itself', async () => {
    line.cut();
    for (let round = 0; round < 3; round++)
      expect(await profileAfterChange([`cut-${round}`])).toEqual([`cut-${round}`]);
    await eventually(() => expect(states()).toEqual(['in-use', 'away']));
    line.moveTo(replicas[1]!.url);
    await eventually(() => expect(states()).toEqual(['in-use', 'in-use']));
  });
});
