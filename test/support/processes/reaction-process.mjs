/**
 * A process with one reaction, which writes every event it is done with into a file: what it did in the world outside.
 * After as many as it is told it comes to no end: the work is done, and nothing in the database says so.
 */

import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CqrsModule, EventsHandler } from '@nestjs/cqrs';
import { TypeOrmModule } from '@nestjs/typeorm';
import { appendFileSync } from 'node:fs';
import { dataSourceOptions } from '../../../dist/src/service/database/data-source-options.js';
import { DomainEvent, EventSourcingModule, Reaction } from '../../../dist/src/event-sourcing/index.js';

const { url, name, sent, hangsAt } = JSON.parse(process.argv[2]);

class Ticked extends DomainEvent {
  static type = 'tally.ticked';
  type = Ticked.type;
}

class Mail {
  #count = 0;

  handle({ streamId, version }) {
    appendFileSync(sent, `${streamId} ${version}\n`);
    if (++this.#count !== hangsAt) return undefined;
    process.send('hanging');
    return new Promise(() => undefined);
  }
}
Reaction({ name, startsAt: 'beginning' })(Mail);
EventsHandler(Ticked)(Mail);

class MailModule {}
Module({
  imports: [
    TypeOrmModule.forRoot({ ...dataSourceOptions(url, 'eventfold', 3), retryAttempts: 0 }),
    CqrsModule.forRoot(),
    EventSourcingModule.forRoot(),
    EventSourcingModule.forFeature({ events: [Ticked] }),
  ],
  providers: [Mail],
})(MailModule);

// Never outlive the test.
process.on('disconnect', () => process.exit(1));
Logger.overrideLogger(false);
await NestFactory.createApplicationContext(MailModule, { logger: false, abortOnError: false });
