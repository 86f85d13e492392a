/**
 * A monolith in a process of its own, with Eventfold's modules or with none. It tells its parent when it listens, and
 * the time since the process began, by the clock and of a core. On the order to close, it closes the application and
 * does nothing more. Then it ends by itself when nothing is left open. Otherwise a timer that keeps nothing open ends
 * it with exit code 3.
 */

import { Controller, Get, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { once } from 'node:events';

/** The time limit for the end of the process after the close of the application, in ms. */
const END_MS = 4_000;

const {
  url,
  adapter,
  imports, // 'nothing', 'core' or 'everything'
  validates = false, // as most monoliths do, with a description of its routes
  projections = true,
  controllers = true,
  leak = false,
} = JSON.parse(process.argv[2]);

class CartsController {
  list() {
    return ['a cart'];
  }
}
Controller('carts')(CartsController);
Get()(CartsController.prototype, 'list', Object.getOwnPropertyDescriptor(CartsController.prototype, 'list'));

async function eventfold() {
  if (imports === 'nothing') return [];
  const { EventSourcingModule } = await import('nest-eventfold');
  const core = EventSourcingModule.forRoot({ projections });
  if (imports === 'core') return [core];
  const features = [
    (await import('nest-eventfold/users')).UsersModule,
    (await import('nest-eventfold/viewing')).ViewingModule,
    (await import('nest-eventfold/user-profile')).UserProfileModule,
    (await import('nest-eventfold/content-popularity')).ContentPopularityModule,
  ];
  return [core, ...features.map((feature) => feature.forRoot({ controllers, open: true }))];
}

if (validates)
  await Promise.all(['class-validator', 'class-transformer', '@nestjs/swagger'].map((name) => import(name)));

class MonolithModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url, retryAttempts: 0, installExtensions: false }),
    CqrsModule.forRoot(),
    ...(await eventfold()),
  ],
  controllers: [CartsController],
})(MonolithModule);

// The process must never outlive the test.
const outlived = () => process.exit(1);
process.on('disconnect', outlived);
Logger.overrideLogger(false);
const app = await NestFactory.create(
  MonolithModule,
  adapter === 'Express' ? new ExpressAdapter() : new FastifyAdapter(),
  { logger: false, abortOnError: false },
);
await app.listen(0, '127.0.0.1');
const toClose = once(process, 'message');
const { user, system } = process.cpuUsage();
process.send({
  port: app.getHttpServer().address().port,
  startMs: performance.now(),
  cpuMs: (user + system) / 1_000,
});
if (leak) setInterval(() => undefined, 1_000);
await toClose;
await app.close();
process.off('disconnect', outlived);
process.disconnect();
setTimeout(() => process.exit(3), END_MS).unref();
