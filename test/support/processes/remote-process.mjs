/** A process without a log: it folds the events of a stream into both read models, until it is killed. */

import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ContentPopularityModule } from '../../../dist/src/content-popularity/index.js';
import { EventSourcingModule } from '../../../dist/src/event-sourcing/index.js';
import { jetstreamLog } from '../../../dist/src/jetstream/index.js';
import { UserProfileModule } from '../../../dist/src/user-profile/index.js';

const { url, servers, keys } = JSON.parse(process.argv[2]);
const silent = { controllers: false };

class RemoteModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ type: 'postgres', url, retryAttempts: 0, installExtensions: false }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot({ log: jetstreamLog({ servers }), privacy: { keys: { url: keys } } }),
    UserProfileModule.forRoot(silent),
    ContentPopularityModule.forRoot(silent),
  ],
})(RemoteModule);

// The process must never outlive the test.
process.on('disconnect', () => process.exit(1));
Logger.overrideLogger(false);
await NestFactory.createApplicationContext(RemoteModule, { logger: false, abortOnError: false });
process.send('started');
