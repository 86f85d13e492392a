/**
 * A process with one reaction, which writes every handled event into a file: its effect in the world outside. After a
 * given number of events it never returns: the work is done, and the database does not know.
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
Reaction({ name, startsAt: 'beginning', lease: '1s' })(Mail);
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

// The process must never outlive the test.
process.on('disconnect', () => process.exit(1));
Logger.overrideLogger(false);
await NestFactory.createApplicationContext(MailModule, { logger: false, abortOnError: false });
